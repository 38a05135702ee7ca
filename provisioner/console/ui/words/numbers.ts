const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
const STEP = 1000

/** Octets in decimal units: "1.5 GB". */
export function bytes (value: number): string {
  const power = value < STEP ? 0 : Math.min(Math.floor(Math.log10(value) / 3), UNITS.length - 1)
  const scaled = value / STEP ** power
  return `${scaled >= 100 || power === 0 ? Math.round(scaled) : Number(scaled.toFixed(1))} ${UNITS[power] as string}`
}

const BINARY: Array<[string, number]> = [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]]

/** Memory as it is given out: whole binary units where it is one, else the nearest. */
export function memory (value: number): string {
  const [unit, size] = BINARY.find(([, size]) => value >= size) ?? ['B', 1]
  return `${Number((value / size).toFixed(1))} ${unit}`
}

export function count (value: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(value)
}

/** Three digits and a letter, for axes and small figures: "12.3k". */
export function compact (value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value)
}

/** "1 tenant", "2 tenants". */
export function plural (value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

export function percent (part: number, whole: number): string {
  if (whole === 0) return '0 %'
  const value = 100 * part / whole
  return `${value > 0 && value < 0.1 ? '<0.1' : value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`
}

export function milliseconds (value: number): string {
  return value >= 1000 ? `${Number((value / 1000).toFixed(2))} s` : `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ms`
}
