import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { DecodedFacts } from "../cache/decode.js"
import { machineError } from "../decode/machine.js"
import { FailedStart, type Helper, LostHelper } from "./helper.js"
import type { ReplyMessage, TaskMessage, TaskReply } from "./messages.js"
import { refused } from "./refusal.js"
import { ScratchFile } from "./scratch.js"
import type { Target, Task } from "./task.js"
import { workerEntry } from "./worker-entry.js"

interface Pending {
  readonly target: Target
  readonly resolve: (facts: DecodedFacts | undefined) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** One child process that makes clips, one after another. Once dead it stays dead. */
export class Child implements Helper {
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

  /**
   * Does a task, one at a time. Rejects with LostHelper, or where the clip is bad or takes too
   * long.
   */
  async run(task: Task, target: Target): Promise<DecodedFacts | undefined> {
    await this.#ready
    if (!this.#living) throw new LostHelper("the decoder's process ended")
    return new Promise((resolve, reject) => {
      const late = () => this.#end(new Error(`no frames within ${this.#timeoutSeconds} s`))
      const timer = setTimeout(late, 1000 * this.#timeoutSeconds)
      this.#pending = { target, resolve, reject, timer }
      this.#process.send({ task } satisfies TaskMessage, (error) => {
        if (error) this.die(error.message)
      })
    })
  }

  /** Ends the process; a clip in the making is lost. */
  die(why: string): void {
    this.#end(new LostHelper(why))
  }

  #end(reason: Error): void {
    if (!this.#living) return
    this.#living = false
    this.#take()?.reject(reason)
    this.#process.kill("SIGKILL")
    this.#scratch.close()
  }

  #settle(message: TaskReply): void {
    const pending = this.#take()
    if (!pending) return
    try {
      if ("error" in message) throw refused(message)
      this.#scratch.read(pending.target(message.bytes))
      pending.resolve(message.facts)
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
    "Set the option workers to 0 to decode in the main process, or see its message above.",
  )
