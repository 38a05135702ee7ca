import type { InvalidParam } from '../errors.ts'

const NUL = '\0'

/** Text anywhere in a value, names included, that PostgreSQL cannot keep: U+0000, or half of a surrogate pair. */
export function unstorableText (value: unknown, pointer = ''): InvalidParam[] {
  if (typeof value === 'string') return isStorable(value) ? [] : [{ pointer, detail: 'has characters that no text can have (U+0000 or a lone surrogate); remove them' }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    return isStorable(name) ? unstorableText(inner, at) : unstorableText(name, pointer)
  })
}

function isStorable (text: string): boolean {
  return text.isWellFormed() && !text.includes(NUL)
}
