/**
 * A JSON merge patch (RFC 7396) of a flat object: null takes a member away, a null patch all of them, and no patch
 * (undefined) none. Returns null when nothing changes.
 */
export function mergePatch<V> (target: Record<string, V>, patch: Record<string, V | null | undefined> | null | undefined): Record<string, V> | null {
  if (patch === undefined) return null
  const merged = new Map(patch === null ? [] : Object.entries(target))
  for (const [name, value] of Object.entries(patch ?? {})) {
    if (value === null || value === undefined) merged.delete(name)
    else merged.set(name, value)
  }
  const same = merged.size === Object.keys(target).length && [...merged].every(([name, value]) => Object.hasOwn(target, name) && target[name] === value)
  return same ? null : Object.fromEntries(merged)
}
