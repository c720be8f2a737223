import { beforeEach, expect, test } from 'vitest'
import { eachStore } from '../../../test/databases.ts'
import { addUser, type Browser, callback, openBrowser, openDomain, type TestDomain } from '../test.ts'

const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`
const LambdaConfig = {
  DefineAuthChallenge: arn('define'),
  CreateAuthChallenge: arn('create'),
  VerifyAuthChallengeResponse: arn('verify'),
}

eachStore("the pool's own challenges on pages", (open) => {
  let shop: TestDomain
  let browser: Browser
  let parameters: Record<string, string>

  async function begin(
    client = { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH' as const] },
    pool: object = { LambdaConfig },
  ) {
    shop = await openDomain({ db: await open(), client, pool })
    shop.world.triggers.define = (event: { request: { session: { challengeResult: boolean }[] } }) => {
      const { session } = event.request
      const issueTokens = session.at(-1)?.challengeResult === true
      const failAuthentication = session.length === 3 && !issueTokens
      return { ...event, response: { issueTokens, failAuthentication, challengeName: 'CUSTOM_CHALLENGE' } }
    }
    shop.world.triggers.create = (event: object) => ({
      ...event,
      response: { publicChallengeParameters: parameters, privateChallengeParameters: { answer: ' horse ' } },
    })
    shop.world.triggers.verify = (event: {
      request: { challengeAnswer: string; privateChallengeParameters: { answer: string } }
    }) => ({
      ...event,
      response: { answerCorrect: event.request.challengeAnswer === event.request.privateChallengeParameters.answer },
    })
    await addUser(shop, 'ada')
    browser = openBrowser(shop)
  }

  beforeEach(async () => {
    parameters = { question: 'Which animal?' }
    await begin()
  })

  const login = () => browser.open(`/login${shop.query}&auth_flow=CUSTOM_AUTH`)
  const ask = async (username = 'ada') => {
    const page = await login()
    expect(page.html).not.toContain('id="password"')
    return browser.follow(await browser.submit(page, { username }))
  }
  const isDone = (location = '') => location.startsWith(`${callback}?code=`)

  test('a question is asked, and the right answer, exactly as typed, signs in', async () => {
    const page = await ask()
    expect(page.html).toContain('<p class="lead question">Which animal?</p>')
    expect(page.html).not.toContain('horse')
    expect((await browser.submit(page, { answer: '' })).status).toBe(400)
    expect(isDone((await browser.submit(page, { answer: ' horse ' })).location)).toBe(true)
  })

  test('a wrong answer is what the functions make of it: asked again, and in the end refused', async () => {
    let page = await ask()
    for (let tries = 0; tries < 2; tries++) {
      page = await browser.follow(await browser.submit(page, { answer: 'cow' }))
      expect(page.html).toContain('This answer is not right. Try again.')
    }
    page = await browser.submit(page, { answer: 'cow' })
    expect([page.status, browser.cookies.has('cognito')]).toEqual([400, false])
    expect(page.html).toContain('id="username"')
  })

  test('an answer counts once, and a step that is over leads to the beginning', async () => {
    const page = await ask()
    await browser.submit(page, { answer: 'cow' })
    await browser.submit(page, { answer: ' horse ' })
    browser.cookies.delete('cognito')
    expect((await browser.submit(page, { answer: ' horse ' })).location).toContain('/login?')
  })

  // biome-ignore format: a table
  const shown: [title: string, parameters: Record<string, string>, there: string[], notThere: string[]][] = [
    ['markup as text',            { question: '<script>x</script>' },                              ['&lt;script&gt;x'],           ['<script>x']],
    ['a picture',                 { image: 'data:image/png;base64,AAAA', imageAlt: '"><b>' },      ['src="data:image/png;base64,AAAA"', 'alt="&quot;&gt;&lt;b&gt;"'], ['"><b>']],
    ['no picture from elsewhere', { image: 'https://evil.example/x.png' },                         [],                            ['<img', 'evil']],
    ['no page for a picture',     { image: 'data:text/html,<script>' },                            [],                            ['<img', 'text/html,']],
    ['every other parameter',     { animal: 'grey', legs: '4' },                                   ['animal: <strong>grey</strong>', 'legs: <strong>4</strong>'], []],
    ['nothing at all',            {},                                                              ['id="answer"'],               []],
  ]
  for (const [title, given, there, notThere] of shown)
    test(`the page shows ${title}`, async () => {
      parameters = given
      const { html, status } = await ask()
      expect(status).toBe(200)
      for (const text of there) expect(html).toContain(text)
      for (const text of notThere) expect(html).not.toContain(text)
    })

  test('a name that no user has is asked the same, and never gets in', async () => {
    const page = await ask('nobody')
    expect(page.html).toContain('Which animal?')
    const answer = await browser.submit(page, { answer: ' horse ' })
    expect([answer.status, browser.cookies.has('cognito')]).toEqual([400, false])
  })

  test('nobody is asked who did not ask for it, and no client that may not', async () => {
    expect((await browser.open('/login')).html).toContain('id="password"')
    await begin({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as never] })
    expect((await login()).location).toMatch(/[?&]error=unauthorized_client/)
    await begin(undefined, {})
    expect((await login()).location).toMatch(/[?&]error=unauthorized_client/)
  })
})
