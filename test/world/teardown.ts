/** What a helper needs of a tap test: a place to leave its tidying up. The last to come is the first to be undone. */
export interface Teardown {
  teardown: (undo: () => unknown) => void
}
