import { UnreadErrors } from "@tubelet/core"

/** Work that is done one piece after another, in the order it came. */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  readonly errors = new UnreadErrors()

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

  /** Waits for all work; rejects with the first error nobody has seen. */
  async drain(): Promise<void> {
    await this.#tail
    this.errors.throwFirst()
  }
}
