// Asks the browser for a passkey, or to make one, and hands its answer in with the form that asked. The form says which
// (data-passkey) and with what options (data-options); without this script it hands in nothing, and the page says so.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

// By hand where browsers have parseCreationOptionsFromJSON() and toJSON(): extensions that keep passkeys put objects of
// their own in the way, which have neither.
function readOptions({ user, allowCredentials = [], excludeCredentials = [], ...options }) {
  const known = (list) => list.map((one) => ({ ...one, id: bytes(one.id) }))
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: known(allowCredentials),
    excludeCredentials: known(excludeCredentials),
    ...(user && { user: { ...user, id: bytes(user.id) } }),
  }
}

function write({ id, type, authenticatorAttachment, response }) {
  const parts = {}
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
    if (response[name]) parts[name] = text(response[name])
  return JSON.stringify({
    id,
    rawId: id,
    type,
    authenticatorAttachment: authenticatorAttachment ?? undefined,
    response: { ...parts, transports: response.getTransports?.() },
  })
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const { passkey, options, conditional, atOnce } = form.dataset
  const status = form.querySelector('.fault')
  let waiting

  async function ask({ mediation, unasked } = {}) {
    waiting?.abort()
    waiting = new AbortController()
    const { signal } = waiting
    const request = { publicKey: readOptions(JSON.parse(options)), signal }
    try {
      const credential =
        passkey === 'create'
          ? await navigator.credentials.create(request)
          : await navigator.credentials.get(mediation ? { ...request, mediation } : request)
      form.elements.credential.value = write(credential)
      form.submit()
    } catch (error) {
      // Another question has taken the place of this one, or nobody has asked for it: some browsers want a click first.
      if (signal.aborted || unasked) return
      const sentences = JSON.parse(form.dataset.sentences)
      status.textContent = sentences[error.name] ?? sentences.other
      status.hidden = false
    }
  }

  if (!window.PublicKeyCredential) continue
  form.hidden = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    status.hidden = true
    ask()
  })
  if (conditional !== undefined)
    PublicKeyCredential.isConditionalMediationAvailable?.().then(
      (available) => available && ask({ mediation: 'conditional', unasked: true }),
    )
  if (atOnce !== undefined) ask({ unasked: true })
}
