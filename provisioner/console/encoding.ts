export type Encoding = 'br' | 'gzip' | 'identity'

/** The smallest encoding that an Accept-Encoding header allows (RFC 9110, §12.5.3). */
export function chooseEncoding (accept: string | undefined): Encoding {
  const weights = new Map((accept ?? '').split(',').map(range => {
    const [name = '', ...params] = range.split(';').map(part => part.trim().toLowerCase())
    const q = params.find(param => param.startsWith('q='))?.slice(2)
    return [name, q === undefined ? 1 : Number(q)]
  }))
  const allows = (name: string): boolean => (weights.get(name) ?? weights.get('*') ?? 0) > 0
  if (allows('br')) return 'br'
  return allows('gzip') ? 'gzip' : 'identity'
}
