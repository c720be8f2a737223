import { Hono } from 'hono'
import type { DomainEnv } from '../../web/env.ts'
import { showAddress, showVerify, submitAddress, submitSend, submitVerify } from './address.ts'
import { showApp, submitApp, submitBegin } from './authenticator.ts'
import { showDevices, submitDevices } from './devices.ts'
import { showFactors, submitFactors } from './factors.ts'
import { showHome, submitSignOut } from './home.ts'
import { showAdd, showPasskeys, submitAdd, submitPasskeys } from './passkeys.ts'
import { showPassword, submitPassword } from './password.ts'
import { showProfile, submitProfile } from './profile.ts'
import { showSessions, submitOthers, submitSessions } from './sessions.ts'
import { changed, visited } from './visit.ts'

/** The pages of the account, below /account: which want a sign-in that was just now stands in this table. */
// biome-ignore format: a table
export const account = new Hono<DomainEnv>()
  .get('/',                visited('',            'any',    showHome))
  .get('/signout',         visited('',            'any',    showHome))
  .post('/signout',        changed('',            'any',    submitSignOut))
  .get('/profile',         visited('profile',     'any',    showProfile))
  .post('/profile',        changed('profile',     'any',    submitProfile))
  .get('/email',           visited('email',       'recent', showAddress('email')))
  .post('/email',          changed('email',       'recent', submitAddress('email')))
  .get('/email/code',      visited('email/code',  'any',    showVerify('email')))
  .post('/email/code',     changed('email/code',  'any',    submitVerify('email')))
  .get('/email/resend',    visited('email/code',  'any',    showVerify('email')))
  .post('/email/resend',   changed('email/code',  'any',    submitSend('email')))
  .get('/phone',           visited('phone',       'recent', showAddress('phone')))
  .post('/phone',          changed('phone',       'recent', submitAddress('phone')))
  .get('/phone/code',      visited('phone/code',  'any',    showVerify('phone')))
  .post('/phone/code',     changed('phone/code',  'any',    submitVerify('phone')))
  .get('/phone/resend',    visited('phone/code',  'any',    showVerify('phone')))
  .post('/phone/resend',   changed('phone/code',  'any',    submitSend('phone')))
  // The form itself asks for the password: a fresher proof there is not.
  .get('/password',        visited('password',    'any',    showPassword))
  .post('/password',       changed('password',    'any',    submitPassword))
  .get('/factors',         visited('factors',     'recent', showFactors))
  .post('/factors',        changed('factors',     'recent', submitFactors))
  .get('/factors/begin',   visited('factors',     'recent', showFactors))
  .post('/factors/begin',  changed('factors',     'recent', submitBegin))
  .get('/factors/app',     visited('factors/app', 'recent', showApp))
  .post('/factors/app',    changed('factors/app', 'recent', submitApp))
  .get('/passkeys',        visited('passkeys',    'recent', showPasskeys))
  .post('/passkeys',       changed('passkeys',    'recent', submitPasskeys))
  .get('/passkeys/add',    visited('passkeys',    'recent', showAdd))
  .post('/passkeys/add',   changed('passkeys',    'recent', submitAdd))
  .get('/devices',         visited('devices',     'any',    showDevices))
  .post('/devices',        changed('devices',     'any',    submitDevices))
  .get('/sessions',        visited('sessions',    'any',    showSessions))
  .post('/sessions',       changed('sessions',    'any',    submitSessions))
  .get('/sessions/others', visited('sessions',    'any',    showSessions))
  .post('/sessions/others', changed('sessions',   'recent', submitOthers))
