import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads"
import type { BoundKernel } from "./kernel.js"

/**
 * Words that a helper and its caller share. Jobs have numbers, which wrap around: the last one
 * `asked` for, the last that either side has `taken`, the last that the helper has `done`, and the
 * last that `failed` there. Of the job asked for: its kernel, and how many arguments it has.
 */
const [asked, taken, done, failed, kernelOf, count] = [0, 1, 2, 3, 4, 5] as const
const words = 6
/** What WebAssembly allows a function. */
const mostArguments = 1000

/**
 * It sleeps between jobs, so that its event loop never turns: messages are fetched by hand. A wait
 * may end without reason, or by the notice of a job that was seen already: the words alone count.
 * What can fail without harm, making kernels, comes before a job is taken.
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

/** How long a wait lasts before the caller sees whether the helper still lives. */
const sliceMilliseconds = 200
/** A share takes milliseconds, and seconds where a machine swaps. */
const longestMilliseconds = 600_000

/** A thread that runs shares of loops. Its caller takes back what it has not begun. */
export class Helper {
  /** Undefined once it has ended. */
  #worker: Worker | undefined
  readonly #port: MessagePort
  /** Whether this Node tells what became of a message. */
  readonly #tells: boolean
  readonly #state = new Int32Array(new SharedArrayBuffer(4 * words))
  readonly #args = new Float64Array(new SharedArrayBuffer(8 * mostArguments))
  readonly #ids = new WeakMap<BoundKernel, number>()
  #kernels = 0
  #job = 0

  /** `onLoss` hears why it ended, where nobody asked for that. */
  constructor(readonly onLoss: (why: string) => void) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.unref()
    this.#tells = isOpen(port1)
    const workerData = { port: port2, state: this.#state, args: this.#args }
    try {
      // Flags of this process, such as loaders, are not for plain JavaScript.
      const options = { eval: true, execArgv: [], workerData, transferList: [port2] }
      this.#worker = new Worker(program, options)
      this.#worker.on("error", (error) => this.#lost(error.message))
      this.#worker.on("exit", (code) => this.#lost(`exit code ${code}`))
      this.#worker.unref()
    } catch (error) {
      onLoss((error as Error).message)
    }
  }

  /** Asks for a share. */
  ask(kernel: BoundKernel, args: readonly number[]): void {
    if (this.#worker === undefined) return
    this.#state[kernelOf] = this.#idOf(kernel)
    this.#state[count] = args.length
    this.#args.set(args)
    this.#job = (this.#job + 1) | 0
    Atomics.store(this.#state, asked, this.#job)
    Atomics.notify(this.#state, asked)
  }

  /** Returns when the share that was asked for is done: here, unless the helper has begun it. */
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

  /** The number of a kernel, which the helper is sent once. */
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

  /** Waits for a share that was begun. The thread's events do not arrive meanwhile. */
  #wait(): void {
    let waited = 0
    for (let last = this.#lastDone(); last !== this.#job; last = this.#lastDone()) {
      if (Atomics.wait(this.#state, done, last, sliceMilliseconds) !== "timed-out") continue
      waited += sliceMilliseconds
      const gone = this.#isGone() || waited >= longestMilliseconds
      if (!gone || this.#lastDone() === this.#job) continue
      void this.#worker?.terminate()
      this.#lost("it no longer answers")
      throw new Error("the thread that had begun it ended")
    }
    if (Atomics.load(this.#state, failed) !== this.#job) return
    throw receiveMessageOnPort(this.#port)?.message ?? new Error("a thread failed")
  }

  #lastDone(): number {
    return Atomics.load(this.#state, done)
  }

  /** A port notices that the other end has gone when it looks for messages. */
  #isGone(): boolean {
    return this.#tells && !receiveMessageOnPort(this.#port) && !isOpen(this.#port)
  }

  #lost(why: string): void {
    if (this.#worker === undefined) return
    this.#worker = undefined
    this.onLoss(why)
  }
}

/** Whether a port takes messages: Node says true then, though its types have it say nothing. */
function isOpen(port: MessagePort): boolean {
  const taken: unknown = port.postMessage({})
  return taken === true
}
