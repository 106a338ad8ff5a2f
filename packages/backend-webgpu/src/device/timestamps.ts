import { mapRead, usage } from "../memory/buffers.js"

/** WebGPU's limit; a dispatch takes two. */
const mostQueries = 4096
const bytesEach = 8

/** The device's clock around compute passes, via timestamp queries. */
export class Timestamps {
  readonly #sets: readonly GPUQuerySet[]
  readonly #resolved: GPUBuffer

  /** For `passes` compute passes in one submission. */
  constructor(
    readonly device: GPUDevice,
    readonly passes: number,
  ) {
    const sets = Math.ceil((2 * passes) / mostQueries)
    this.#sets = Array.from({ length: sets }, (_, i) =>
      device.createQuerySet({
        type: "timestamp",
        count: Math.min(mostQueries, 2 * passes - i * mostQueries),
      }),
    )
    const size = 2 * passes * bytesEach
    this.#resolved = device.createBuffer({ size, usage: usage.queryResolve | usage.copySource })
  }

  /** Begins pass `i`, with timestamps. */
  begin(encoder: GPUCommandEncoder, i: number): GPUComputePassEncoder {
    const first = (2 * i) % mostQueries
    return encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#sets[Math.floor((2 * i) / mostQueries)],
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    })
  }

  /**
   * Call after the last pass. Returns a function that, after submission, resolves to the seconds of
   * each pass.
   */
  end(encoder: GPUCommandEncoder): () => Promise<number[]> {
    const { device } = this
    const { size } = this.#resolved
    const host = device.createBuffer({ size, usage: usage.copyTarget | usage.mapRead })
    for (const [i, set] of this.#sets.entries()) {
      encoder.resolveQuerySet(set, 0, set.count, this.#resolved, i * mostQueries * bytesEach)
    }
    encoder.copyBufferToBuffer(this.#resolved, 0, host, 0, size)
    return async () => {
      try {
        await host.mapAsync(mapRead)
        const times = new BigUint64Array(host.getMappedRange())
        const passes = Array.from({ length: this.passes }, (_, i) => i)
        return passes.map((i) => Number(times[2 * i + 1] - times[2 * i]) / 1e9)
      } finally {
        host.destroy()
      }
    }
  }

  destroy(): void {
    for (const set of this.#sets) set.destroy()
    this.#resolved.destroy()
  }
}
