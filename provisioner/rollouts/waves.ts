import type { Asked } from './rollout.ts'

/**
 * Divides `total` tenants into waves: the canary, and the rest in equal parts, larger ones first. Returns how many have had their turn
 * after each wave but the last. Empty waves are left out. Pure.
 */
export function waveBounds (total: number, { canary, waves }: Pick<Asked, 'canary' | 'waves'>): number[] {
  const first = canary === null ? 0 : Math.min(canaryOf(total, canary), total)
  const rest = total - first
  const sizes = first === 0 ? [] : [first]
  for (let i = 0; i < waves; i++) sizes.push(Math.floor(rest / waves) + (i < rest % waves ? 1 : 0))
  const bounds: number[] = []
  let sum = 0
  for (const size of sizes.filter(size => size > 0)) bounds.push(sum += size)
  return bounds.slice(0, -1)
}

/** A part of some is at least one. */
function canaryOf (total: number, canary: number | string): number {
  return typeof canary === 'number' ? canary : Math.ceil(total * Number(canary.slice(0, -1)) / 100)
}
