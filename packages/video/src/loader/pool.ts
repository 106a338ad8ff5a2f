import { TubeletError } from "@tubelet/core"
import type { DecodedFacts } from "../cache/decode.js"
import { Child } from "./child.js"
import { FailedStart, type Helper, LostHelper } from "./helper.js"
import type { Facts, Target, Task, TaskRunner } from "./task.js"
import { Thread } from "./thread.js"

/** A clip is tried this often when its process dies: that may not be the clip's fault. */
const tries = 2

interface Job {
  readonly task: Task
  readonly target: Target
  readonly resolve: (facts: DecodedFacts | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Child processes, so that a decoder that crashes or hangs costs one clip and not the run. */
export const processPool = (workers: number, timeoutSeconds: number) =>
  new Pool(workers, () => new Child(timeoutSeconds))

/** Threads, for clips that need no decoder: they hand over bytes without a copy through a file. */
export const threadPool = (workers: number) => new Pool(workers, () => new Thread())

/** Shares tasks among helpers. They start in the order in which they were asked for. */
export class Pool implements TaskRunner {
  readonly #start: () => Helper
  readonly #jobs: Job[] = []
  readonly #helpers: (Helper | undefined)[]
  readonly #busy: boolean[]
  #closed = false

  constructor(workers: number, start: () => Helper) {
    this.#start = start
    this.#helpers = new Array(workers).fill(undefined)
    this.#busy = new Array(workers).fill(false)
  }

  /** Ids of the living processes. */
  get pids(): number[] {
    return this.#helpers.flatMap((helper) => (helper?.alive && helper.pid ? [helper.pid] : []))
  }

  run<T extends Task>(task: T, target: Target): Promise<Facts<T>> {
    if (this.#closed) return Promise.reject(closedError())
    return new Promise((resolve, reject) => {
      this.#jobs.push({ task, target, resolve: resolve as Job["resolve"], reject })
      const idle = this.#busy.indexOf(false)
      if (idle >= 0) void this.#work(idle)
    })
  }

  close(): void {
    this.#closed = true
    for (const helper of this.#helpers) helper?.die("the loader was closed")
    for (const { reject } of this.#jobs.splice(0)) reject(closedError())
  }

  async #work(slot: number): Promise<void> {
    this.#busy[slot] = true
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) {
      await this.#attempt(slot, job).then(job.resolve, job.reject)
    }
    this.#busy[slot] = false
  }

  async #attempt(slot: number, { task, target }: Job): Promise<DecodedFacts | undefined> {
    for (let left = tries - 1; ; left--) {
      try {
        return await this.#helperAt(slot).run(task, target)
      } catch (error) {
        if (this.#closed) throw closedError()
        const died = error instanceof LostHelper || error instanceof FailedStart
        if (!died || left === 0) throw error
      }
    }
  }

  #helperAt(slot: number): Helper {
    const helper = this.#helpers[slot]
    if (helper?.alive) return helper
    const fresh = this.#start()
    this.#helpers[slot] = fresh
    return fresh
  }
}

const closedError = () => new TubeletError("the loader was closed")
