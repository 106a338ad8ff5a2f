import { random } from "./random.js"

/** A position in the infinite stream of samples: epoch after epoch, each reshuffled. */
export interface Place {
  /** Counted from the first sample of the run, over all ranks. */
  readonly position: number
  readonly epoch: number
  /** The index of the clip in the data set. */
  readonly index: number
}

export interface PlacedBatch {
  readonly places: readonly Place[]
  readonly epoch: number
  /** The position after it. */
  readonly next: number
}

/** The order of a data set's samples; a function of seed and position only. */
export class Sampler {
  private epoch = -1
  private order: Int32Array = new Int32Array()

  constructor(
    private readonly count: number,
    private readonly seed: number,
  ) {}

  at(position: number): Place {
    const epoch = Math.floor(position / this.count)
    if (epoch !== this.epoch) {
      this.epoch = epoch
      this.order = random("order", this.seed, epoch).permutation(this.count)
    }
    return { position, epoch, index: this.order[position % this.count] }
  }

  /** Up to `size` positions from `start`: a batch ends with its epoch. */
  batch(start: number, size: number): PlacedBatch {
    const left = this.count - (start % this.count)
    const next = start + Math.min(size, left)
    const places = Array.from({ length: next - start }, (_, i) => this.at(start + i))
    return { places, epoch: Math.floor(start / this.count), next }
  }
}
