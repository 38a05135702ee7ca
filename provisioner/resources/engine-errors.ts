/** The image or its command is not one that the engine can run, in its own words. */
export interface Refusal { kind: 'refused', detail: string }

function statusOf (err: unknown): number | undefined {
  return err instanceof Error && 'statusCode' in err ? err.statusCode as number : undefined
}

/** The engine's own words, without what the client put around them. */
export function reasonOf (err: unknown): string {
  const json = err instanceof Error && 'json' in err ? err.json as { message?: string } | null : null
  return json?.message ?? (err instanceof Error ? err.message : String(err))
}

/**
 * 400: the image has no command, or one that cannot run. 500: the runtime could not start it, for whatever reason lies in
 * the image (moby, daemon/errors.go).
 */
export function refusal (err: unknown): Refusal {
  if ([400, 500].includes(statusOf(err) ?? 0)) return { kind: 'refused', detail: reasonOf(err) }
  throw err
}

/** 404: there is no such thing. */
export async function absentIsNull<T> (call: Promise<T>): Promise<T | null> {
  return await call.catch(err => { if (statusOf(err) === 404) return null; throw err })
}

/** 409: there is one of that name. */
export async function existsIsFine<T> (call: Promise<T>): Promise<T | null> {
  return await call.catch(err => { if (statusOf(err) === 409) return null; throw err })
}

/** 304: started or stopped already. 404, 409: gone, or on its way. */
export async function unchangedIsFine (call: Promise<unknown>): Promise<void> {
  await call.catch(err => { if (![304, 404, 409].includes(statusOf(err) ?? 0)) throw err })
}
