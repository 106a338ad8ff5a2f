import { type ProfileRow, TubeletError } from "@tubelet/core"
import { membersOf, workOf } from "@tubelet/core/schedule"
import type { Step } from "./dispatch.js"
import type { Plan } from "./plan.js"
import { Timestamps } from "./timestamps.js"

const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Times every dispatch of a program's runs. */
export class Profiler {
  readonly #stamps: Timestamps
  readonly #seconds: number[]
  #runs = 0
  #reading: Promise<void> = Promise.resolve()

  constructor(
    device: GPUDevice,
    readonly plan: Plan,
    readonly steps: readonly Step[],
  ) {
    this.#stamps = new Timestamps(device, steps.length)
    this.#seconds = steps.map(() => 0)
  }

  /** Encodes each dispatch as a pass of its own; gives what is to be called after submission. */
  encode(
    encoder: GPUCommandEncoder,
    encode: (step: Step, pass: GPUComputePassEncoder) => void,
  ): () => void {
    for (const [i, step] of this.steps.entries()) {
      const pass = this.#stamps.begin(encoder, i)
      encode(step, pass)
      pass.end()
    }
    const read = this.#stamps.end(encoder)
    return () => {
      const times = read()
      // Whoever asks for the rows hears of an error.
      times.catch(() => undefined)
      this.#reading = this.#reading.then(async () => this.#add(await times))
      this.#reading.catch(() => undefined)
    }
  }

  #add(times: readonly number[]): void {
    for (const [i, seconds] of times.entries()) this.#seconds[i]! += seconds
    this.#runs++
  }

  /** Of all runs so far, a row for each label, the one that took longest first. */
  async rows(): Promise<ProfileRow[]> {
    await this.#reading
    const rows = new Map<string, Required<ProfileRow>>()
    for (const [i, { shader }] of this.steps.entries()) {
      const work = membersOf(this.plan.kernels[i]!).map(workOf)
      const [bytes, flops] = [work.map((w) => w.bytes), work.map((w) => w.flops)].map(total)
      const kernel = shader.label
      const row = rows.get(kernel) ?? { kernel, calls: 0, seconds: 0, bytes: 0, flops: 0 }
      rows.set(kernel, {
        kernel,
        calls: row.calls + this.#runs,
        seconds: row.seconds + this.#seconds[i]!,
        bytes: row.bytes + this.#runs * bytes!,
        flops: row.flops + this.#runs * flops!,
      })
    }
    return [...rows.values()].sort((a, b) => b.seconds - a.seconds)
  }

  destroy(): void {
    this.#stamps.destroy()
  }
}

/** Throws where a device cannot tell how long a dispatch took. */
export function requireTimestamps({ features }: GPUDevice): void {
  if (features.has("timestamp-query")) return
  throw new TubeletError(
    "profiling needs timestamp queries, which this GPU device has not",
    "profile on another GPU or browser, or in Node; a device of your own must ask for the " +
      'feature "timestamp-query"',
  )
}
