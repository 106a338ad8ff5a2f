/** Errors of results, until somebody reads one of those results. */
export class UnreadErrors {
  readonly #unread = new Set<unknown>()

  /** Notes an error that will surface where a result is read. */
  add(error: unknown): void {
    this.#unread.add(error)
  }

  /** Somebody has seen the error. */
  read(error: unknown): void {
    this.#unread.delete(error)
  }

  /** Throws the first error that nobody has seen, once. */
  throwFirst(): void {
    for (const error of this.#unread) {
      this.#unread.delete(error)
      throw error
    }
  }
}
