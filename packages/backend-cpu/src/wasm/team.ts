import { MessageChannel, type MessagePort, Worker } from "node:worker_threads"

/** A kernel bound to a memory. */
export interface BoundKernel {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly run: (...args: number[]) => void
}

/** Threads that take a share of each large loop. Their memories must be shared ones. */
export interface Team {
  /** Threads, the calling one included. */
  readonly size: number
  /** Runs a kernel once for each list of arguments, at most `size`, and waits for all. */
  run(kernel: BoundKernel, shares: readonly (readonly number[])[]): void
  dispose(): Promise<void>
}

/** More threads than this only wait for the memory. */
const largestTeam = 8

/** State updates run at the memory's speed, and one thread does not reach it. */
export function threadTeam(threads: number): Team | undefined {
  const helpers = Array.from({ length: Math.min(threads, largestTeam) - 1 }, () => new Helper())
  if (helpers.length === 0) return undefined
  return {
    size: helpers.length + 1,
    run(kernel, [own, ...others]) {
      for (const [i, args] of others.entries()) helpers[i]!.start(kernel, args)
      kernel.run(...own!)
      for (const i of others.keys()) helpers[i]!.finish()
    },
    async dispose() {
      for (const helper of helpers) await helper.worker.terminate()
    },
  }
}

/** A share takes milliseconds: a thread that takes this long has died. */
const longestMilliseconds = 60_000

/** Places in the state that a helper and its caller share: numbers of jobs. */
const [asked, done] = [0, 1] as const

/** It sleeps between jobs, so that its event loop never turns: messages are fetched by hand. */
const program = `
const { receiveMessageOnPort, workerData } = require("node:worker_threads")
const { port, state } = workerData
const kernels = new Map()
for (let job = 1; ; job++) {
  Atomics.wait(state, ${asked}, job - 1)
  const { id, module, memory, args } = receiveMessageOnPort(port).message
  if (module) kernels.set(id, new WebAssembly.Instance(module, { env: { memory } }).exports.run)
  kernels.get(id)(...args)
  Atomics.store(state, ${done}, job)
  Atomics.notify(state, ${done})
}`

class Helper {
  readonly worker: Worker
  readonly #port: MessagePort
  readonly #state = new Int32Array(new SharedArrayBuffer(8))
  readonly #numbers = new WeakMap<BoundKernel, number>()
  #jobs = 0

  constructor() {
    const { port1, port2 } = new MessageChannel()
    const workerData = { port: port2, state: this.#state }
    // Flags of this process, such as loaders, are not for eight lines of plain JavaScript.
    const options = { eval: true, execArgv: [], workerData, transferList: [port2] }
    this.worker = new Worker(program, options)
    this.#port = port1
    this.worker.unref()
    port1.unref()
  }

  start(kernel: BoundKernel, args: readonly number[]): void {
    const { module, memory } = kernel
    const known = this.#numbers.get(kernel)
    const id = known ?? this.#jobs
    this.#numbers.set(kernel, id)
    this.#port.postMessage(known === undefined ? { id, module, memory, args } : { id, args })
    this.#jobs++
    Atomics.store(this.#state, asked, this.#jobs)
    Atomics.notify(this.#state, asked)
  }

  finish(): void {
    while (Atomics.load(this.#state, done) !== this.#jobs) {
      const outcome = Atomics.wait(this.#state, done, this.#jobs - 1, longestMilliseconds)
      if (outcome === "timed-out") throw new Error("a thread of state updates no longer answers")
    }
  }
}
