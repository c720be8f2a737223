// Many who sign in at once, in a process of their own: their client must not delay the answers that are measured.
import autocannon from 'autocannon'

process.once('message', (message) => {
  const options = message as Parameters<typeof autocannon>[0]
  void autocannon(options).then(() => process.exit())
})
