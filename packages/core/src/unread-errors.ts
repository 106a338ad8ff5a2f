/** Errors of results that have not been read yet. */
export class UnreadErrors {
  readonly #unread = new Set<unknown>()

  /** Records an error that will surface when a result is read. */
  add(error: unknown): void {
    this.#unread.add(error)
  }

  /** Marks an error as reported. */
  read(error: unknown): void {
    this.#unread.delete(error)
  }

  /** Throws the first unread error, once. */
  throwFirst(): void {
    for (const error of this.#unread) {
      this.#unread.delete(error)
      throw error
    }
  }
}
