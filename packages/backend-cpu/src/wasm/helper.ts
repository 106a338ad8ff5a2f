import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads"
import type { BoundKernel } from "./kernel.js"

/**
 * Words shared by a helper and its caller. Jobs are numbered, with wraparound: the last one `asked`
 * for, the last that either side has `taken`, the last that the helper has `done`, and the last
 * that `failed` there. Then, for the requested job, its kernel and number of arguments.
 */
const [asked, taken, done, failed, kernelOf, count] = [0, 1, 2, 3, 4, 5] as const
const words = 6
/** WebAssembly's limit for a function. */
const mostArguments = 1000

/**
 * Sleeps between jobs, so its event loop never turns and messages are received synchronously. A
 * wait may end spuriously, or by the notification of an earlier job: only the words count. Whatever
 * can fail harmlessly, such as creating kernels, comes before taking a job.
 */
const program = `
const { receiveMessageOnPort, workerData } = require("node:worker_threads")
const { port, state, args } = workerData
const kernels = new Map()
for (let job = 0; ; ) {
  while (Atomics.load(state, ${asked}) === job) Atomics.wait(state, ${asked}, job)
  job = Atomics.load(state, ${asked})
  for (let sent; (sent = receiveMessageOnPort(port)); ) {
    const { id, module, memory } = sent.message
    if (module) kernels.set(id, new WebAssembly.Instance(module, { env: { memory } }).exports.run)
  }
  const before = (job - 1) | 0
  if (Atomics.compareExchange(state, ${taken}, before, job) !== before) continue
  try {
    kernels.get(state[${kernelOf}])(...args.subarray(0, state[${count}]))
  } catch (error) {
    port.postMessage(error)
    Atomics.store(state, ${failed}, job)
  }
  Atomics.store(state, ${done}, job)
  Atomics.notify(state, ${done})
}`

/** How long to wait before checking that the helper is alive. */
const sliceMilliseconds = 200
/** A share takes milliseconds, or seconds if the machine swaps. */
const longestMilliseconds = 600_000

/** A thread that runs shares of loops. Its caller takes back those it has not started. */
export class Helper {
  /** Undefined once it has ended. */
  #worker: Worker | undefined
  readonly #port: MessagePort
  /** Whether this Node reports whether a message was delivered. */
  readonly #tells: boolean
  readonly #state = new Int32Array(new SharedArrayBuffer(4 * words))
  readonly #args = new Float64Array(new SharedArrayBuffer(8 * mostArguments))
  readonly #ids = new WeakMap<BoundKernel, number>()
  #kernels = 0
  #job = 0

  /** `onLoss` is called with the reason if it ends unexpectedly. */
  constructor(readonly onLoss: (why: string) => void) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.unref()
    this.#tells = isOpen(port1)
    const workerData = { port: port2, state: this.#state, args: this.#args }
    try {
      // Flags of this process, such as loaders, do not apply to plain JavaScript.
      const options = { eval: true, execArgv: [], workerData, transferList: [port2] }
      this.#worker = new Worker(program, options)
      this.#worker.on("error", (error) => this.#lost(error.message))
      this.#worker.on("exit", (code) => this.#lost(`exit code ${code}`))
      this.#worker.unref()
    } catch (error) {
      onLoss((error as Error).message)
    }
  }

  /** Requests a share. */
  ask(kernel: BoundKernel, args: readonly number[]): void {
    if (this.#worker === undefined) return
    this.#state[kernelOf] = this.#idOf(kernel)
    this.#state[count] = args.length
    this.#args.set(args)
    this.#job = (this.#job + 1) | 0
    Atomics.store(this.#state, asked, this.#job)
    Atomics.notify(this.#state, asked)
  }

  /** Returns when the requested share is done: by this thread, unless the helper has started it. */
  finish(kernel: BoundKernel, args: readonly number[]): void {
    if (this.#worker === undefined || this.#takesBack()) kernel.run(...args)
    else this.#wait()
  }

  /** Ends the thread. */
  async end(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  /** The number of a kernel; the helper receives each once. */
  #idOf(kernel: BoundKernel): number {
    const known = this.#ids.get(kernel)
    if (known !== undefined) return known
    const id = this.#kernels++
    const { module, memory } = kernel
    this.#port.postMessage({ id, module, memory })
    this.#ids.set(kernel, id)
    return id
  }

  #takesBack(): boolean {
    const before = (this.#job - 1) | 0
    return Atomics.compareExchange(this.#state, taken, before, this.#job) === before
  }

  /** Waits for a started share. The thread's events do not arrive meanwhile. */
  #wait(): void {
    let waited = 0
    for (let last = this.#lastDone(); last !== this.#job; last = this.#lastDone()) {
      if (Atomics.wait(this.#state, done, last, sliceMilliseconds) !== "timed-out") continue
      waited += sliceMilliseconds
      const gone = this.#isGone() || waited >= longestMilliseconds
      if (!gone || this.#lastDone() === this.#job) continue
      void this.#worker?.terminate()
      this.#lost("it no longer responds")
      throw new Error("the thread that had started it ended")
    }
    if (Atomics.load(this.#state, failed) !== this.#job) return
    throw receiveMessageOnPort(this.#port)?.message ?? new Error("a thread failed")
  }

  #lastDone(): number {
    return Atomics.load(this.#state, done)
  }

  /** A port notices that the other end is gone when it checks for messages. */
  #isGone(): boolean {
    return this.#tells && !receiveMessageOnPort(this.#port) && !isOpen(this.#port)
  }

  #lost(why: string): void {
    if (this.#worker === undefined) return
    this.#worker = undefined
    this.onLoss(why)
  }
}

/** Whether a port delivers messages: Node then returns true, although its types say void. */
function isOpen(port: MessagePort): boolean {
  const taken: unknown = port.postMessage({})
  return taken === true
}
