import { TubeletError } from "@tubelet/core"
import { FailedStart, type PoolWorker, WorkerDied } from "./pool-worker.js"
import { Subprocess } from "./subprocess.js"
import { type Facts, inProcess, type Target, type Task, type TaskRunner } from "./task.js"
import { Thread } from "./thread.js"

/** How often a task is tried if its worker dies, which may not be the clip's fault. */
const tries = 2

interface Job {
  readonly task: Task
  readonly target: Target
  readonly resolve: (facts: Facts) => void
  readonly reject: (error: unknown) => void
}

/** Decodes in subprocesses, or with 0 workers in this process. */
export const decoders = (workers: number, timeoutSeconds: number): TaskRunner =>
  workers === 0 ? inProcess : processPool(workers, timeoutSeconds)

/** Subprocesses, so that a decoder which crashes or hangs costs one clip and not the run. */
export const processPool = (workers: number, timeoutSeconds: number) =>
  new Pool(workers, () => new Subprocess(timeoutSeconds))

/** Threads, for clips that need no decoder: results need no copy through a file. */
export const threadPool = (workers: number) => new Pool(workers, () => new Thread())

/** Distributes tasks over workers, in the order of the calls. */
export class Pool implements TaskRunner {
  readonly #start: () => PoolWorker
  readonly #jobs: Job[] = []
  readonly #workers: (PoolWorker | undefined)[]
  readonly #busy: boolean[]
  #closed = false

  constructor(workers: number, start: () => PoolWorker) {
    this.#start = start
    this.#workers = new Array(workers).fill(undefined)
    this.#busy = new Array(workers).fill(false)
  }

  /** Ids of the living processes. */
  get pids(): number[] {
    return this.#workers.flatMap((worker) => (worker?.alive && worker.pid ? [worker.pid] : []))
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
    for (const worker of this.#workers) worker?.die("the loader was closed")
    for (const { reject } of this.#jobs.splice(0)) reject(closedError())
  }

  async #work(slot: number): Promise<void> {
    this.#busy[slot] = true
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) {
      await this.#attempt(slot, job).then(job.resolve, job.reject)
    }
    this.#busy[slot] = false
  }

  async #attempt(slot: number, { task, target }: Job): Promise<Facts> {
    for (let left = tries - 1; ; left--) {
      try {
        return await this.#workerAt(slot).run(task, target)
      } catch (error) {
        if (this.#closed) throw closedError()
        const died = error instanceof WorkerDied || error instanceof FailedStart
        if (!died || left === 0) throw error
      }
    }
  }

  #workerAt(slot: number): PoolWorker {
    const worker = this.#workers[slot]
    if (worker?.alive) return worker
    const fresh = this.#start()
    this.#workers[slot] = fresh
    return fresh
  }
}

const closedError = () => new TubeletError("the loader was closed")
