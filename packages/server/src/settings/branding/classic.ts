import { PoolError } from '../../errors.ts'
import { type Db, transaction } from '../../store/db.ts'
import {
  type Customization,
  deleteCustomization,
  findCustomization,
  putCustomization,
} from '../../store/setup/customizations.ts'
import { listDomains } from '../../store/setup/domains.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { World } from '../../world/world.ts'
import { cleanSheet } from './css.ts'
import { hashOf, kindOf } from './images.ts'

/** AWS's limit of a logo (developer guide, "hosted UI (classic) branding"). */
const largestLogo = 100 * 1024

/** The look of an app client's classic pages, or of `ALL`; that of all where the client has none of its own. */
export async function getCustomization(db: Db, pool: Pool, clientId: string): Promise<Customization | undefined> {
  await needDomain(db, pool)
  return findCustomization(db, pool.id, clientId)
}

/** Replaces the look of an app client's classic pages, or of `ALL`: style sheet and logo together, none of both ends it. */
export async function changeCustomization(
  db: Db,
  world: World,
  pool: Pool,
  clientId: string,
  { css, logo }: { css: string | undefined; logo: Uint8Array | undefined },
): Promise<Customization | undefined> {
  await needDomain(db, pool)
  if (css !== undefined) classicRules(css, true)
  const extension = logo && kindOf(logo)
  if (logo && extension !== 'PNG' && extension !== 'JPEG')
    throw new PoolError('InvalidParameter', 'ImageFile must be a PNG or a JPEG.')
  if (logo && logo.length > largestLogo)
    throw new PoolError('InvalidParameter', `ImageFile must have at most ${largestLogo} bytes.`)
  if (!css && !logo) {
    await deleteCustomization(db, pool.id, clientId)
    return undefined
  }
  const now = world.now()
  return transaction(db, async (inner) => {
    const found = await findCustomization(inner, pool.id, clientId)
    const own = found?.clientId === clientId ? found : undefined
    const customization: Customization = {
      poolId: pool.id,
      clientId,
      css,
      logo: logo && extension && { extension, hash: hashOf(logo) },
      createdAt: own?.createdAt ?? now,
      updatedAt: Math.max(now, (own?.updatedAt ?? 0) + 1),
    }
    await putCustomization(inner, customization, logo)
    return customization
  })
}

/** Message of the live API (hashicorp/terraform-provider-aws, tests of user_pool_ui_customization). */
async function needDomain(db: Db, pool: Pool): Promise<void> {
  if ((await listDomains(db, pool.id)).length === 0)
    throw new PoolError('InvalidParameter', 'There has to be an existing domain associated with this user pool')
}

const colour = ['color', 'background-color']
const text = ['padding-top', 'padding-bottom', 'display', 'font-size', 'color']
const wide = ['height', 'width', 'text-align', 'margin-bottom', ...colour, 'border-color', 'border-radius', 'padding']

/**
 * What AWS lets a style sheet say, class by class (developer guide, "hosted UI (classic) branding", and the template that
 * its console hands out), and what of our pages each class is. One thing is not obeyed: the template takes the outline
 * from the field that has the focus, by which people who use the keyboard see where they are (WCAG 2.4.7).
 */
// biome-ignore format: a table
const classes: Readonly<Record<string, readonly [selector: string, properties: readonly string[]]>> = {
  '.background-customizable':             ['.card',                     ['background-color']],
  '.banner-customizable':                 ['.brand',                    ['padding', 'background-color']],
  '.errorMessage-customizable':           ['.summary',                  ['margin', 'padding', 'font-size', 'width', 'background', 'border', 'color', 'box-sizing']],
  '.idpButton-customizable':              ['.provider',                 wide],
  '.idpButton-customizable:hover':        ['.provider:hover',           colour],
  '.idpDescription-customizable':         ['.provider-lead',            text],
  '.inputField-customizable':             ['input:not([type="hidden"])', ['width', 'height', ...colour, 'border', 'border-color', 'border-radius']],
  '.inputField-customizable:focus':       ['input:not([type="hidden"]):focus', ['border-color']],
  '.label-customizable':                  ['label',                     ['font-weight', 'font-size', 'color']],
  '.legalText-customizable':              ['.reference',                ['color', 'font-size']],
  '.logo-customizable':                   ['.logo',                     ['max-width', 'max-height']],
  '.passwordCheck-notValid-customizable': ['.rules li:not(.met)',       ['color']],
  '.passwordCheck-valid-customizable':    ['.rules .met',               ['color']],
  '.redirect-customizable':               ['.more',                     ['text-align']],
  '.socialButton-customizable':           ['.provider',                 wide],
  '.submitButton-customizable':           ['.primary',                  ['font-size', 'font-weight', 'margin', 'width', 'height', ...colour, 'border-radius']],
  '.submitButton-customizable:hover':     ['.primary:hover',            [...colour, 'font-weight']],
  '.textDescription-customizable':        ['.lead',                     text],
}

/**
 * A classic style sheet for our pages: what AWS lets it say, put to our own classes. What AWS's template does not have is
 * left out, as there ("added CSS keys will not be reflected"); `refuse` says what happens to what would load or run something.
 */
export function classicRules(css: string, refuse = false): string {
  const selector = (given: string) => (Object.hasOwn(classes, given) ? classes[given]?.[0] : undefined)
  const property = (name: string, given: string) => classes[given]?.[1].includes(name) ?? false
  return cleanSheet(css, { selector, property }, refuse)
}
