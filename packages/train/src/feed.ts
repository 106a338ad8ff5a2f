import { type HostBatch, maskedBatch } from "./data/batch.js"
import type { ClipData, SkippedClip } from "./data/clips.js"
import { type MaskRequest, requireHidden } from "./data/masks.js"

/** The micro-batches of one step: fewer than usual where an epoch ends. */
export interface StepData {
  readonly batches: readonly HostBatch[]
  readonly epoch: number
  /** How many samples they hold, padding not counted. */
  readonly samples: number
  /** Where the stream goes on after this step. */
  readonly position: number
  readonly skipped: readonly SkippedClip[]
}

export interface FeedOptions {
  readonly data: ClipData
  readonly masks: Omit<MaskRequest, "step">
  readonly batch: number
  readonly accumulate: number
  /** First step, and the position of its first sample. */
  readonly step: number
  readonly position: number
}

/**
 * The steps' data in order. `prepare` begins with the next step's clips and masks, so that they
 * are made while the device is busy.
 */
export class Feed {
  private readonly stream: ReturnType<ClipData["batches"]>
  private prepared: Promise<StepData> | undefined
  private step: number
  private position: number

  constructor(private readonly options: FeedOptions) {
    const { data, batch, position, step } = options
    this.position = position
    this.stream = data.batches({ batch, start: position })
    this.step = step
  }

  prepare(): void {
    if (this.prepared) return
    this.prepared = this.make(this.step++)
    this.prepared.catch(() => undefined) // Seen by whoever awaits `next`.
  }

  next(): Promise<StepData> {
    this.prepare()
    const prepared = this.prepared!
    this.prepared = undefined
    return prepared
  }

  /** Frees the stream; does not wait for a clip that is being read. */
  close(): void {
    void Promise.resolve(this.stream.return?.()).catch(() => undefined)
  }

  private async make(step: number): Promise<StepData> {
    const { data, masks, batch, accumulate } = this.options
    const batches: HostBatch[] = []
    const skipped: SkippedClip[] = []
    const epoch = Math.floor(this.position / data.length)
    let samples = 0
    do {
      const { value } = await this.stream.next()
      this.position = value.next
      samples += value.samples.length
      skipped.push(...(value.skipped ?? []))
      batches.push(maskedBatch({ ...masks, step }, value, batch * (data.repeats ?? 1)))
    } while (batches.length < accumulate && this.position % data.length > 0)
    requireHidden(masks.rules, batches)
    return { batches, epoch, samples, position: this.position, skipped }
  }
}
