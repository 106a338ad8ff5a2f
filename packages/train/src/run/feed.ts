import type { Backend, Values } from "@tubelet/core"
import type { PixelType } from "@tubelet/video"
import type { ClipData, SkippedClip } from "../data/clips.js"
import type { RunLength } from "./length.js"
import type { AnyTask } from "./task.js"

/** The micro-batches of one step: fewer than usual at the end of an epoch. */
export interface StepData<S> {
  readonly batches: readonly Values<S>[]
  readonly epoch: number
  /** Samples in them, without padding. */
  readonly samples: number
  /** Position in the stream after this step. */
  readonly position: number
  readonly skipped: readonly SkippedClip[]
}

export interface FeedOptions<S> extends Pick<RunLength, "batch" | "accumulate"> {
  readonly data: ClipData<PixelType>
  readonly backend: Backend
  readonly task: Pick<AnyTask<S>, "assemble" | "check">
}

/**
 * The data of the steps, in order. `prepare` starts on the next step's clips, so that they are
 * decoded and assembled while the device is busy.
 */
export class Feed<S> {
  readonly #options: FeedOptions<S>
  readonly #stream: ReturnType<ClipData<PixelType>["batches"]>
  #prepared: Promise<StepData<S>> | undefined
  #step: number
  #position: number

  /** `from` is the first step and the position of its first sample. */
  constructor(options: FeedOptions<S>, from: { readonly step: number; readonly position: number }) {
    this.#options = options
    this.#stream = options.data.batches({ batch: options.batch, start: from.position })
    this.#step = from.step
    this.#position = from.position
  }

  prepare(): void {
    if (this.#prepared) return
    this.#prepared = this.#make(this.#step++)
    this.#prepared.catch(() => undefined) // Thrown to the caller of `next`.
  }

  next(): Promise<StepData<S>> {
    this.prepare()
    const prepared = this.#prepared!
    this.#prepared = undefined
    return prepared
  }

  /** Closes the stream without waiting for a clip that is being read. */
  close(): void {
    void Promise.resolve(this.#stream.return?.()).catch(() => undefined)
  }

  async #make(step: number): Promise<StepData<S>> {
    const { data, task, backend, accumulate } = this.#options
    const batches: Values<S>[] = []
    const skipped: SkippedClip[] = []
    const epoch = Math.floor(this.#position / data.length)
    let samples = 0
    do {
      const { value } = await this.#stream.next()
      this.#position = value.next
      samples += value.samples.length
      skipped.push(...(value.skipped ?? []))
      batches.push(await task.assemble(value, step, backend))
    } while (batches.length < accumulate && this.#position % data.length > 0)
    task.check?.(batches)
    return { batches, epoch, samples, position: this.#position, skipped }
  }
}
