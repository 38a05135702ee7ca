/** What programs write around an error, and after it. */
const NOISE = [
  /^Node\.js v\d/, /^\(Use `node --trace-/,
  // Stack frames: Node and Java, Ruby, PHP, Go.
  /^\s+(?:at|from) /, /^#\d+ /, /^goroutine \d+ \[/, /^\t\S+:\d+/, /^exit status \d+$/,
  /^Traceback \(most recent call last\):$/, /^\s+File "/,
  /^note: run with `RUST_BACKTRACE/,
  // A property of an error that Node shows in full.
  /^\s+[a-z_$][\w$]*: /,
  // What PostgreSQL says to all that follows an error.
  /current transaction is aborted, commands ignored/,
  /^[\s{}()[\]^~,;|]*$/
]

/** `Error: …`, `error: …`, `[cause]: TypeError [ERR_…]: …`, `psql:x.sql:3: ERROR:  …`, `panic: …`, `migration failed: …`: a name, a colon, and something behind it. */
const ERROR = /(?:^|[\s:[(])(?:[\w$.]*(?:error|exception)|fatal|panic|failed|failure)(?: \[\w+\])?:\s*\S/i

/**
 * The line that tells most of why a program ended, without its indentation: the last that names an error, else the last that
 * says anything, or undefined. A program of Node ends with its version, and an error with its stack and properties. Pure.
 */
export function tellingLine (output: readonly string[]): string | undefined {
  const lines = output.filter(line => !NOISE.some(noise => noise.test(line)))
  const line = lines.findLast(line => ERROR.test(line)) ?? lines.at(-1) ?? output.findLast(line => line.trim() !== '')
  return line?.trim().replace(/ \{$/, '')
}
