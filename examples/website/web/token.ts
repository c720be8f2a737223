import type { UserAnswer } from '../api/answers.ts'
import { find, timeOfDay, write } from './page.ts'

let expiresAt = 0
let lifetime = 0

/** Shows a token as the API saw it; the countdown runs by this device's clock, like the renewal does. */
export function showToken({ id, issuedAt, expiresAt: end }: UserAnswer['token'], expiresHere: Date): void {
  expiresAt = expiresHere.getTime()
  lifetime = (end - issuedAt) * 1000
  write('token-id', id)
  write('issued', timeOfDay(issuedAt * 1000))
  write('expires', timeOfDay(end * 1000))
  tick()
}

/** Draws what is left of the token's life, now and every second. */
export function startCountdown(): void {
  tick()
  setInterval(tick, 1000)
}

function tick(): void {
  if (lifetime === 0) return
  const left = Math.max(0, expiresAt - Date.now())
  const seconds = Math.ceil(left / 1000)
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const short = `${hours > 0 ? minutes.toString().padStart(2, '0') : minutes}:${rest.toString().padStart(2, '0')}`
  write('life', hours > 0 ? `${hours}:${short}` : short)
  write('life-unit', left > 0 ? 'left' : 'left: the next call renews it')
  const bar = find('life-bar')
  if (bar instanceof HTMLProgressElement) bar.value = Math.min(1, left / lifetime)
  bar.dataset.low = String(left < lifetime / 5)
}
