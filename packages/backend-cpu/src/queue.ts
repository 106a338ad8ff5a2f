/** Work that is done one piece after another, in the order it came. */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  readonly #unread = new Set<unknown>()

  /** Nothing waits and nothing runs. */
  get idle(): boolean {
    return this.#waiting === 0
  }

  /** Does `work` after all that came before, whether that went well or not. */
  add<T>(work: () => T | Promise<T>): Promise<T> {
    this.#waiting++
    const done = this.#tail.then(work).finally(() => {
      this.#waiting--
    })
    this.#tail = done.catch(() => undefined)
    return done
  }

  /** Notes an error that will surface where a result is read. */
  failed(error: unknown): void {
    this.#unread.add(error)
  }

  /** Somebody has seen the error. */
  read(error: unknown): void {
    this.#unread.delete(error)
  }

  /** Waits for all work; rejects with the first error nobody has seen. */
  async drain(): Promise<void> {
    await this.#tail
    for (const error of this.#unread) {
      this.#unread.delete(error)
      throw error
    }
  }
}
