/** Thrown in a proof when it is known that the release is not usable. `output`: the last lines of the container that it is about. */
export class Rejection extends Error {
  override name = 'Rejection'
  readonly reason: string
  readonly output: string[]

  constructor (reason: string, message: string, output: string[] = []) {
    super(message)
    this.reason = reason
    this.output = output
  }
}
