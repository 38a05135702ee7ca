import { Problem } from '../errors.ts'

/** The entity tag of what is wanted of a tenant at a generation (RFC 9110 §8.8.3). What was observed of it does not change it. */
export function entityTag (generation: number): string {
  return `"${generation}"`
}

/** Refuses a change that was decided by another generation than there is now: If-Match, RFC 9110 §13.1.1. Throws precondition_failed. */
export function requireMatch (header: string | undefined, generation: number): void {
  if (header === undefined || header.trim() === '*') return
  // By the strong comparison: what is marked as weak never matches.
  if (header.split(',').some(tag => tag.trim() === entityTag(generation))) return
  throw new Problem('precondition_failed', `The generation is ${generation} now, not what If-Match says; look again and decide anew.`)
}
