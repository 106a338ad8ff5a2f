import { Worker } from "node:worker_threads"

/** The watchdog runs in a thread, because a parser that hangs blocks timers in its own. */
const program = `
  const { workerData } = require("node:worker_threads")
  const { writeFileSync, mkdirSync } = require("node:fs")
  const { dirname } = require("node:path")
  const { state, input, file, patience } = workerData
  let [last, since] = [-1, Date.now()]
  setInterval(() => {
    const at = Atomics.load(state, 0)
    if (at !== last || Atomics.load(state, 2) === 0) [last, since] = [at, Date.now()]
    if (Date.now() - since < patience) return
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, input.slice(0, Atomics.load(state, 1)))
    process._rawDebug("an input hangs: it is in " + file)
    process.kill(process.pid, "SIGKILL")
  }, 250)
`

/** Ends the process if an input takes longer than `patience` milliseconds, and saves the input. */
export class Watchdog {
  /** The number and length of the current input, and whether one is running. */
  private readonly state = new Int32Array(new SharedArrayBuffer(12))
  private readonly input: Uint8Array
  private readonly thread: Worker

  constructor(file: string, longest: number, patience = 20_000) {
    this.input = new Uint8Array(new SharedArrayBuffer(longest))
    const workerData = { state: this.state, input: this.input, file, patience }
    this.thread = new Worker(program, { eval: true, workerData })
    this.thread.unref()
  }

  begin(bytes: Uint8Array): void {
    this.input.set(bytes)
    this.state[1] = bytes.length
    this.state[2] = 1
    Atomics.add(this.state, 0, 1)
  }

  end(): void {
    this.state[2] = 0
  }

  stop(): Promise<number> {
    return this.thread.terminate()
  }
}
