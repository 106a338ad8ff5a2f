import { type ProfileRow, TubeletError } from "@tubelet/core"
import type { Plan } from "@tubelet/core/codegen"
import { profileRows } from "@tubelet/core/measure"
import { Timestamps } from "../device/timestamps.js"
import type { Launch } from "./dispatch.js"

/** Times every dispatch of a program's runs. */
export class Profiler {
  readonly #stamps: Timestamps
  readonly #seconds: number[]
  #runs = 0
  #reading: Promise<void> = Promise.resolve()

  constructor(
    device: GPUDevice,
    readonly plan: Plan,
    readonly launches: readonly Launch[],
  ) {
    this.#stamps = new Timestamps(device, launches.length)
    this.#seconds = launches.map(() => 0)
  }

  /** Encodes each dispatch in its own pass; returns a function to call after submission. */
  encode(
    encoder: GPUCommandEncoder,
    encode: (launch: Launch, pass: GPUComputePassEncoder) => void,
  ): () => void {
    for (const [i, launch] of this.launches.entries()) {
      const pass = this.#stamps.begin(encoder, i)
      encode(launch, pass)
      pass.end()
    }
    const read = this.#stamps.end(encoder)
    return () => {
      const times = read()
      // Errors surface when the rows are requested.
      times.catch(() => undefined)
      this.#reading = this.#reading.then(async () => this.#add(await times))
      this.#reading.catch(() => undefined)
    }
  }

  #add(times: readonly number[]): void {
    for (const [i, seconds] of times.entries()) this.#seconds[i] += seconds
    this.#runs++
  }

  /** Totals of all runs so far, one row per label, slowest first. */
  async rows(): Promise<ProfileRow[]> {
    await this.#reading
    const labels = this.launches.map(({ shader }) => shader.label)
    return profileRows(this.plan.kernels, { labels, seconds: this.#seconds, runs: this.#runs })
  }

  destroy(): void {
    this.#stamps.destroy()
  }
}

/** Throws if the device cannot time dispatches. */
export function requireTimestamps({ features }: GPUDevice): void {
  if (features.has("timestamp-query")) return
  throw new TubeletError(
    "profiling needs timestamp queries, which this GPU device does not support",
    "profile on another GPU or browser, or in Node; a custom device must request the " +
      'feature "timestamp-query"',
  )
}
