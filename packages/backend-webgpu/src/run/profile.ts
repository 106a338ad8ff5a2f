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

  /** Encodes each dispatch as a pass of its own; gives what is to be called after submission. */
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
      // Whoever asks for the rows hears of an error.
      times.catch(() => undefined)
      this.#reading = this.#reading.then(async () => this.#add(await times))
      this.#reading.catch(() => undefined)
    }
  }

  #add(times: readonly number[]): void {
    for (const [i, seconds] of times.entries()) this.#seconds[i] += seconds
    this.#runs++
  }

  /** Of all runs so far, a row for each label, the one that took longest first. */
  async rows(): Promise<ProfileRow[]> {
    await this.#reading
    const labels = this.launches.map(({ shader }) => shader.label)
    return profileRows(this.plan.kernels, { labels, seconds: this.#seconds, runs: this.#runs })
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
