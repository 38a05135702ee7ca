/** Told by a step while it works, for what takes long enough to wonder about. */
export type Note = (text: string) => void

/** Runs one step of a bring-up and prints it as a line with what came of it and the time it took. */
export async function step<T extends string | undefined> (title: string, work: (note: Note) => Promise<T> | T): Promise<T> {
  const began = performance.now()
  const result = await work(text => { say(`  … ${title}: ${text}`) })
  say(`  ✓ ${title}${result === undefined ? '' : `: ${result}`} (${seconds(performance.now() - began)})`)
  return result
}

export function say (text: string): void {
  console.log(text)
}

export function seconds (ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** The whole of a command: what it throws is printed as a sentence and becomes the exit status. */
export async function runCommand (command: () => Promise<unknown>): Promise<void> {
  try {
    await command()
  } catch (error) {
    console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
