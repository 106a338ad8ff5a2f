import { Worker } from "node:worker_threads"
import { viewBytes } from "../clip/views.js"
import { workerEntry } from "./entry.js"
import type { TaskReply, ThreadMessage } from "./messages.js"
import { type PoolWorker, WorkerDied } from "./pool-worker.js"
import { refused } from "./refusal.js"
import type { Facts, Target, Task } from "./task.js"

interface Pending {
  readonly target: Target
  readonly resolve: (facts: Facts) => void
  readonly reject: (error: Error) => void
}

/**
 * A thread that makes views of cached clips and returns them in shared memory. It runs no foreign
 * decoder, so it needs neither a separate process nor a timeout.
 */
export class Thread implements PoolWorker {
  readonly #worker = new Worker(workerEntry())
  #shared = new SharedArrayBuffer(0)
  #pending: Pending | undefined
  #living = true

  constructor() {
    this.#worker.on("message", (reply: TaskReply) => this.#settle(reply))
    this.#worker.on("messageerror", (error) => this.die(error.message))
    this.#worker.on("error", (error) => this.die(error.message))
    this.#worker.on("exit", () => this.die("the thread ended"))
  }

  get alive(): boolean {
    return this.#living
  }

  run(task: Task, target: Target): Promise<Facts> {
    const bytes = task.kind === "views" ? task.repeats * viewBytes(task.recipe) : 0
    const larger = this.#shared.byteLength < bytes ? new SharedArrayBuffer(bytes) : undefined
    this.#shared = larger ?? this.#shared
    return new Promise((resolve, reject) => {
      this.#pending = { target, resolve, reject }
      // Sent only once: V8 counts each transfer as new memory and would run the GC for nothing.
      const shared = larger && { shared: larger }
      this.#worker.postMessage({ task, ...shared } satisfies ThreadMessage)
    })
  }

  die(why: string): void {
    if (!this.#living) return
    this.#living = false
    this.#pending?.reject(new WorkerDied(why))
    void this.#worker.terminate()
  }

  #settle(reply: TaskReply): void {
    const pending = this.#pending
    this.#pending = undefined
    if (!pending) return
    if ("error" in reply) {
      pending.reject(refused(reply))
    } else {
      pending.target(reply.bytes).set(new Uint8Array(this.#shared, 0, reply.bytes))
      pending.resolve(reply.facts)
    }
  }
}
