// The article's trigger, called before each sign-up: new users need no code. The same file runs on AWS Lambda.
export const handler = async (event) => {
  event.response.autoConfirmUser = true
  return event
}
