import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { TubeletError } from "@tubelet/core"
import type { ReplyMessage, TaskMessage } from "./messages.js"
import type { ClipTask } from "./task.js"
import { workerEntry } from "./worker-entry.js"

/** The child died or hung: nothing is known about the clip itself. */
export class LostChild extends Error {}

interface Pending {
  readonly resolve: (clip: Uint8Array) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** One child process that makes clips, one after another. Once dead it stays dead. */
export class Child {
  private readonly process: ChildProcess
  private readonly pending = new Map<number, Pending>()
  private readonly ready: Promise<void>
  private nextId = 0
  alive = true

  constructor(private readonly timeoutSeconds: number) {
    this.process = fork(fileURLToPath(workerEntry()), [], {
      serialization: "advanced",
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    })
    this.ready = new Promise((resolve, reject) => {
      this.process.on("message", (message: ReplyMessage) => {
        if ("ready" in message) resolve()
        else this.settle(message)
      })
      const ended = (how: string) => {
        this.alive = false
        reject(cannotStart(how))
        this.failAll(new LostChild(`the decoder's process ended (${how})`))
      }
      this.process.on("error", (error) => ended(error.message))
      this.process.on("exit", (code, signal) => ended(signal ?? `exit code ${code}`))
    })
    this.ready.catch(() => {})
  }

  /** The process id, for logs and tests. */
  get pid(): number | undefined {
    return this.process.pid
  }

  /** Makes a clip. Rejects with LostChild where the process dies or takes too long. */
  async read(task: ClipTask): Promise<Uint8Array> {
    await this.ready
    return new Promise((resolve, reject) => {
      if (!this.alive) return reject(new LostChild("the decoder's process ended"))
      const id = this.nextId++
      const timer = setTimeout(() => this.giveUp(), 1000 * this.timeoutSeconds)
      this.pending.set(id, { resolve, reject, timer })
      this.process.send({ id, task } satisfies TaskMessage, (error) => {
        if (error) this.failAll(new LostChild(error.message))
      })
    })
  }

  close(): void {
    this.alive = false
    this.failAll(new LostChild("the loader was closed"))
    this.process.kill("SIGKILL")
  }

  private giveUp(): void {
    this.alive = false
    this.failAll(new LostChild(`no frames within ${this.timeoutSeconds} s`))
    this.process.kill("SIGKILL")
  }

  private settle(message: Exclude<ReplyMessage, { ready: true }>): void {
    const pending = this.pending.get(message.id)
    if (!pending) return
    this.pending.delete(message.id)
    clearTimeout(pending.timer)
    if ("clip" in message) pending.resolve(message.clip)
    else pending.reject(new Error(message.error))
  }

  private failAll(error: LostChild): void {
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.pending.clear()
  }
}

const cannotStart = (how: string) =>
  new TubeletError(
    `a decoding process could not start (${how})`,
    "Use --workers 0 to decode in the main process, or see its message above.",
  )
