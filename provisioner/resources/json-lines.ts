/** The values of a stream of JSON texts that each end with a line feed; a last one without it is left out. */
export async function * jsonLines (stream: AsyncIterable<Buffer | string>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  let pending = ''
  for await (const chunk of stream) {
    const lines = (pending + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n')
    pending = lines.pop() as string
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
  }
}
