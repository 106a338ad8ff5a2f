import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { machineError } from "../decode/machine.js"
import { workerEntry } from "./entry.js"
import type { ReplyMessage, TaskMessage, TaskReply } from "./messages.js"
import { FailedStart, type PoolWorker, TimedOut, WorkerDied } from "./pool-worker.js"
import { refused } from "./refusal.js"
import { ScratchFile } from "./scratch.js"
import type { Facts, Target, Task } from "./task.js"

interface Pending {
  readonly target: Target
  readonly resolve: (facts: Facts) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** A subprocess that runs tasks, so that a decoder which crashes or hangs costs one clip. */
export class Subprocess implements PoolWorker {
  readonly #timeoutSeconds: number
  readonly #scratch = new ScratchFile()
  readonly #process: ChildProcess
  readonly #ready: Promise<void>
  #pending: Pending | undefined
  #living = true

  constructor(timeoutSeconds: number) {
    this.#timeoutSeconds = timeoutSeconds
    this.#process = fork(fileURLToPath(workerEntry()), [], {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc", this.#scratch.fd],
    })
    this.#ready = new Promise((resolve, reject) => {
      this.#process.on("message", (message: ReplyMessage) => {
        if ("ready" in message) resolve()
        else this.#settle(message)
      })
      const ended = (how: string, why: Error = cannotStart(how)) => {
        reject(why)
        this.die(`the decoder's process ended (${how})`)
      }
      this.#process.on("error", (error) => ended(error.message, machineError(error)))
      this.#process.on("exit", (code, signal) => ended(signal ?? `exit code ${code}`))
    })
    this.#ready.catch(() => {})
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get alive(): boolean {
    return this.#living
  }

  /** Runs one task at a time. Rejects with WorkerDied, TimedOut or the clip's own error. */
  async run(task: Task, target: Target): Promise<Facts> {
    await this.#ready
    if (!this.#living) throw new WorkerDied("the decoder's process ended")
    return new Promise((resolve, reject) => {
      const late = () => this.#end(new TimedOut(`no frames within ${this.#timeoutSeconds} s`))
      const timer = setTimeout(late, 1000 * this.#timeoutSeconds)
      this.#pending = { target, resolve, reject, timer }
      this.#process.send({ task } satisfies TaskMessage, (error) => {
        if (error) this.die(error.message)
      })
    })
  }

  die(why: string): void {
    this.#end(new WorkerDied(why))
  }

  #end(reason: Error): void {
    if (!this.#living) return
    this.#living = false
    this.#take()?.reject(reason)
    this.#process.kill("SIGKILL")
    this.#scratch.close()
  }

  #settle(reply: TaskReply): void {
    const pending = this.#take()
    if (!pending) return
    try {
      if ("error" in reply) throw refused(reply)
      this.#scratch.read(pending.target(reply.bytes))
      pending.resolve(reply.facts)
    } catch (error) {
      pending.reject(error as Error)
    }
  }

  #take(): Pending | undefined {
    const pending = this.#pending
    clearTimeout(pending?.timer)
    this.#pending = undefined
    return pending
  }
}

const cannotStart = (how: string) =>
  new FailedStart(
    `a decoding process could not start (${how})`,
    "see its own message above; with `workers: 0`, the main process decodes",
    { code: "NO_DECODING_PROCESS" },
  )
