// Door 3: the hosted pages. Each file is a page or two: what it shows, and what it does with the form handed in.
// A page asks the rules and says what they answered. No rule and no SQL lives here, and no script is needed.
import { Hono } from 'hono'
import { returnPath } from '../sign-in/federation/depart.ts'
import { samlReturnPath } from '../sign-in/federation/saml/flow.ts'
import { samlSignOutPath } from '../sign-in/federation/saml/sign-out.ts'
import type { DomainEnv } from '../web/env.ts'
import { account } from './account/account.ts'
import { showAddPasskey, submitAddPasskey, submitLater } from './add-passkey.ts'
import { namePages, serveTemplateFile } from './branding/own.ts'
import { serveBranding } from './branding/serve.ts'
import { showConfirm, showResend, submitConfirm, submitResend } from './confirm.ts'
import { showConfirmLink, submitConfirmLink } from './confirm-link.ts'
import { showError, showFailure, showSignedOut } from './error.ts'
import { showFind, submitFind } from './federation/find.ts'
import { findPath } from './federation/providers.ts'
import { posted, returned } from './federation/return.ts'
import { samlPosted, samlReturned, samlSignOutPosted } from './federation/saml.ts'
import { shown, submitted } from './journey.ts'
import { showLogin, submitLogin } from './login.ts'
import { findAsset } from './parts/assets.ts'
import { showForgot, showRecover, submitForgot, submitRecover } from './recover.ts'
import { showSignOut, submitSignOut } from './sign-out/sign-out.ts'
import { showSignUp, submitSignUp } from './sign-up.ts'
import { resumeAccounts, submitAccount, submitLeave } from './steps/accounts.ts'
import { showChallenge, submitChallenge } from './steps/challenge.ts'
import { showChoose, showChooseFactor, submitChoose, submitChooseFactor, submitOtherWay } from './steps/choose.ts'
import { showCode, submitCode, submitNewCode } from './steps/code.ts'
import { resume } from './steps/current.ts'
import { showPassword, submitPassword } from './steps/first.ts'
import { showNewPassword, submitNewPassword } from './steps/new-password.ts'
import { showOffered, showPasskey, submitOffered, submitPasskey } from './steps/passkey.ts'
import { showSetUp, submitSetUp } from './steps/set-up.ts'
import { showSetUpAddress, submitSetUpAddress } from './steps/set-up-address.ts'

/** The pages of a hosted domain, by AWS's paths where AWS names one. */
export const pages = new Hono<DomainEnv>()
  .get('/login', shown(showLogin, 'everybody'))
  .post('/login', submitted(submitLogin))
  .get('/accounts', shown(resumeAccounts, 'everybody'))
  .post('/accounts', submitted(submitAccount, 'everybody'))
  .get('/accounts/signout', shown(resumeAccounts, 'everybody'))
  .post('/accounts/signout', submitted(submitLeave, 'everybody'))
  .get(findPath, shown(showFind, 'everybody'))
  .post(findPath, submitted(submitFind, 'everybody'))
  .get(returnPath, returned)
  .post(returnPath, posted)
  .get(samlReturnPath, samlReturned)
  .post(samlReturnPath, samlPosted)
  .post(samlSignOutPath, samlSignOutPosted)
  .get('/choose', shown(showChoose))
  .post('/choose', submitted(submitChoose))
  .get('/password', shown(showPassword))
  .post('/password', submitted(submitPassword))
  .get('/code', shown(showCode))
  .post('/code', submitted(submitCode))
  .get('/code/resend', shown(resume))
  .post('/code/resend', submitted(submitNewCode))
  .get('/chooseFactor', shown(showChooseFactor))
  .post('/chooseFactor', submitted(submitChooseFactor))
  .get('/otherWay', shown(resume))
  .post('/otherWay', submitted(submitOtherWay))
  .get('/challenge', shown(showChallenge))
  .post('/challenge', submitted(submitChallenge))
  .get('/setUp', shown(showSetUp))
  .post('/setUp', submitted(submitSetUp))
  .get('/setUp/email', shown(showSetUpAddress('email')))
  .post('/setUp/email', submitted(submitSetUpAddress('email')))
  .get('/setUp/phone', shown(showSetUpAddress('phone_number')))
  .post('/setUp/phone', submitted(submitSetUpAddress('phone_number')))
  .get('/passkey', shown(showPasskey))
  .post('/passkey', submitted(submitPasskey))
  .get('/passkey/offered', shown(showOffered))
  .post('/passkey/offered', submitted(submitOffered))
  .get('/passkeys/add', shown(showAddPasskey))
  .post('/passkeys/add', submitted(submitAddPasskey))
  .get('/passkeys/later', shown(showAddPasskey))
  .post('/passkeys/later', submitted(submitLater))
  .get('/newPassword', shown(showNewPassword))
  .post('/newPassword', submitted(submitNewPassword))
  .get('/signup', shown(showSignUp))
  .post('/signup', submitted(submitSignUp))
  .get('/confirm', shown(showConfirm))
  .post('/confirm', submitted(submitConfirm))
  .get('/confirmUser', showConfirmLink)
  .post('/confirmUser', submitConfirmLink)
  // AWS's links have a slash before the query.
  .get('/confirmUser/', showConfirmLink)
  .get('/resendcode', shown(showResend))
  .post('/resendcode', submitted(submitResend))
  .get('/forgotPassword', shown(showForgot))
  .post('/forgotPassword', submitted(submitForgot))
  .get('/confirmforgotPassword', shown(showRecover))
  .post('/confirmforgotPassword', submitted(submitRecover))
  .route('/account', account)
  // Where password managers look for the page (W3C, "A Well-Known URL for Changing Passwords").
  .get('/.well-known/change-password', (c) => c.redirect(`${c.var.domain.path}/account/password`))
  .get('/signout', showSignOut)
  .post('/signout', submitSignOut)
  .get('/signedout', showSignedOut)
  .get('/error', showError)
  .get('/branding/:client/:file', serveBranding)
  .get('/templates/:hash/:file', serveTemplateFile)
  .get('/assets/:name', (c) => {
    const asset = findAsset(c.req.param('name'))
    if (!asset) return c.notFound()
    // A node that runs another version answers with its own file, which must not be kept under this name.
    const current = asset.name === c.req.param('name')
    return c.body(asset.body, 200, {
      'Content-Type': asset.type,
      'Cache-Control': current ? 'public, max-age=31536000, immutable' : 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
    })
  })

pages.onError(showFailure)
namePages(pages.routes.flatMap(({ method, path }) => (method === 'GET' && !path.includes(':') ? [path] : [])))
