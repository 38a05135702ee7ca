import { join } from 'node:path'
import { Eta } from 'eta'
import { assetUrl } from './assets.ts'
import type { Problem } from './errors.ts'
import type { Note } from './notes.ts'
import { displayName } from './tenant.ts'
import type { Tenant } from './tenant.ts'
import type { Whereabouts } from './whoami.ts'

export interface DashboardView {
  tenant: Tenant
  notes: Note[]
  /** The address of the next, older page. */
  olderUrl: string | null
  /** Live updates belong to the newest page only. */
  isNewest: boolean
  canPin: boolean
  whereabouts: Whereabouts
  maxTextLength: number
  /** What was typed and refused, and why. */
  draft: string
  draftError: string | null
}

export interface ErrorView {
  tenant: Tenant
  problem: Problem
}

interface Views {
  dashboard: DashboardView
  error: ErrorView
}

// Every `<%= %>` is escaped; no view uses the raw form for anything but another view.
const eta = new Eta({ views: join(import.meta.dirname, 'views'), cache: true, autoEscape: true })
const hues = 12

export function renderPage<Name extends keyof Views> (name: Name, view: Views[Name]): string {
  const title = displayName(view.tenant)
  return eta.render(`./${name}`, { ...view, title, initial: initialOf(title), hue: hueOf(view.tenant.id), assetUrl, dateOf })
}

function initialOf (title: string): string {
  return [...title][0]?.toUpperCase() ?? '?'
}

/** A colour of its own for each tenant, so that two of them are told apart at a glance. */
function hueOf (tenantId: string): number {
  let sum = 0
  for (const char of tenantId) sum = (sum * 31 + char.charCodeAt(0)) % 9973
  return sum % hues
}

/** For readers without the script; with it, they see their own time zone. */
function dateOf (iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
