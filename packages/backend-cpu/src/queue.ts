import { UnreadErrors } from "@tubelet/core"

/** Runs work one piece at a time, in order. */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  readonly errors = new UnreadErrors()

  /** Whether nothing waits and nothing runs. */
  get idle(): boolean {
    return this.#waiting === 0
  }

  /** Runs `work` after all earlier work, whether that succeeded or not. */
  add<T>(work: () => T | Promise<T>): Promise<T> {
    this.#waiting++
    const done = this.#tail.then(work).finally(() => {
      this.#waiting--
    })
    this.#tail = done.catch(() => undefined)
    return done
  }

  /** Waits for all work; rejects with the first unread error. */
  async drain(): Promise<void> {
    await this.#tail
    this.errors.throwFirst()
  }
}
