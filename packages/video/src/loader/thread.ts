import { Worker } from "node:worker_threads"
import type { DecodedFacts } from "../cache/decode.js"
import { viewBytes } from "../clip/views.js"
import type { Helper } from "./helper.js"
import { LostHelper } from "./helper.js"
import type { TaskReply, ThreadMessage } from "./messages.js"
import { refused } from "./refusal.js"
import type { Target, Task } from "./task.js"
import { workerEntry } from "./worker-entry.js"

interface Pending {
  readonly target: Target
  readonly resolve: (facts: DecodedFacts | undefined) => void
  readonly reject: (error: Error) => void
}

/**
 * A thread that makes crops of cached clips, which it hands over in shared memory. Nothing there
 * runs foreign decoders, so it needs no process of its own, and no watch.
 */
export class Thread implements Helper {
  readonly #worker = new Worker(workerEntry())
  #room = new SharedArrayBuffer(0)
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

  run(task: Task, target: Target): Promise<DecodedFacts | undefined> {
    const bytes = "recipe" in task ? task.repeats * viewBytes(task.recipe) : 0
    const larger = this.#room.byteLength < bytes ? new SharedArrayBuffer(bytes) : undefined
    this.#room = larger ?? this.#room
    return new Promise((resolve, reject) => {
      this.#pending = { target, resolve, reject }
      // Sent once: each sending counts as so much more memory, and the collector runs for nothing.
      const room = larger && { room: larger }
      this.#worker.postMessage({ task, ...room } satisfies ThreadMessage)
    })
  }

  die(why: string): void {
    if (!this.#living) return
    this.#living = false
    this.#pending?.reject(new LostHelper(why))
    void this.#worker.terminate()
  }

  #settle(reply: TaskReply): void {
    const pending = this.#pending
    this.#pending = undefined
    if (!pending) return
    if ("error" in reply) {
      pending.reject(refused(reply))
    } else {
      pending.target(reply.bytes).set(new Uint8Array(this.#room, 0, reply.bytes))
      pending.resolve(reply.facts)
    }
  }
}
