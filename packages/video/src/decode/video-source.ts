import { cropWithin } from "./crop-check.js"
import { clipMemory } from "./memory.js"
import { copyOriented, isTurned, type Orientation, rotationOf } from "./orientation.js"
import type { PacketIndex } from "./packet-index.js"
import type { StoredPicture } from "./rgb.js"
import type { Frames, FramesOptions, Source } from "./source.js"
import { clockTolerance, frameOnShow } from "./time-index.js"

/** A fraction; 0 / 0 if unknown. */
export interface Ratio {
  readonly num: number
  readonly den: number
}

/** A video stream as its container describes it. */
export interface StreamFacts {
  readonly path: string
  readonly codec: string
  /** Size as stored, before rotation. */
  readonly width: number
  readonly height: number
  readonly orientation: Orientation
  /** Seconds per tick. */
  readonly timeBase: Ratio
  /** Frames per second: the average, and the lowest rate that represents all timestamps. */
  readonly averageRate: Ratio
  readonly commonRate: Ratio
  /** Duration of the stream by the header in seconds; 0 if unknown. */
  readonly streamSeconds: number
  /** The same for the whole file, and the end of its last packet. */
  readonly fileSeconds: number
  readonly filledSeconds: number
  /** Number of frames by the header; 0 if unknown. */
  readonly frameCount: number
  /** The container claims to be longer than the file. */
  readonly isCutShort: boolean
}

/** Receives a frame's picture. `isIntact` is false if it may differ from what was encoded. */
export type TakePicture = (frame: number, picture: StoredPicture, isIntact: boolean) => void

/** Decodes frames by their positions in the index. */
export interface FrameReader {
  /** `frames` ascend. For an unreadable frame, `take` gets its neighbour or is not called. */
  read(frames: readonly number[], take: TakePicture): void | Promise<void>
  /** Frames that the decoder may hold back, and thus lose at the end of a truncated file. */
  readonly delay: number
  close(): void
}

/** AVI headers also count empty packets, which repeat the last frame and are not read. */
const mostPlaceholders = 3
/** No codec delays a frame by more frames than this. */
const largestDelay = 16

export class VideoSource implements Source {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly rotation: number
  readonly duration: number
  readonly frameRate: number
  readonly codec: string
  readonly frameTimes: Float64Array

  readonly #orientation: Orientation
  readonly #tolerance: number
  readonly #endsEarly: boolean
  readonly #index: PacketIndex
  readonly #reader: FrameReader

  constructor(facts: StreamFacts, index: PacketIndex, reader: FrameReader) {
    this.#index = index
    this.#reader = reader
    const { orientation, timeBase } = facts
    this.path = facts.path
    this.codec = facts.codec
    this.#orientation = orientation
    this.rotation = rotationOf(orientation)
    const [width, height] = [facts.width, facts.height]
    ;[this.width, this.height] = isTurned(orientation) ? [height, width] : [width, height]
    this.frameTimes = frameTimesOf(facts, index)
    this.frameRate = frameRateOf(facts, index, this.frameTimes)
    this.#tolerance = clockTolerance(timeBase.num / timeBase.den)
    const readable = this.frameTimes[this.frameTimes.length - 1] + 1 / this.frameRate
    const missing = missingSeconds(facts, index, readable)
    this.#endsEarly = facts.isCutShort || index.cut || missing > 1.5 / this.frameRate
    const claimed = facts.streamSeconds || readable + (this.#endsEarly ? missing : 0)
    this.duration = index.untimed ? Math.max(claimed, readable) : claimed
  }

  async frames(times: ArrayLike<number>, options: FramesOptions = {}): Promise<Frames> {
    const crop = cropWithin(this, options.crop)
    const bytes = 3 * crop.width * crop.height
    const data = clipMemory(this, times.length, bytes)
    const wanted = Array.from(times, (time) => frameOnShow(this.frameTimes, time, this.#tolerance))
    const places = firstPlaces(wanted)
    const intact = new Set<number>()
    await this.#reader.read(
      [...places.keys()].sort((a, b) => a - b),
      (frame, picture, isIntact) => {
        const start = places.get(frame)! * bytes
        const place = data.subarray(start, start + bytes)
        copyOriented(picture.data, picture, this.#orientation, crop, place)
        if (isIntact) intact.add(frame)
        else intact.delete(frame)
      },
    )
    const valid = wanted.map((frame, i) => {
      const place = places.get(frame)!
      if (place !== i) data.copyWithin(i * bytes, place * bytes, (place + 1) * bytes)
      return intact.has(frame) && !this.#isMissing(times[i], frame)
    })
    const timestamps = Float64Array.from(wanted, (frame) => this.frameTimes[frame])
    return { width: crop.width, height: crop.height, data, timestamps, valid }
  }

  close(): void {
    this.#reader.close()
  }

  /**
   * Whether a truncated file has lost the frame at this time. Near the end, frames may be missing
   * in between, since later ones are stored first; there, each is displayed for one period only.
   */
  #isMissing(time: number, frame: number): boolean {
    if (!this.#endsEarly) return false
    const fromEnd = this.frameTimes.length - 1 - frame
    // Without timestamps, frames are counted, and gaps do not show.
    if (this.#index.untimed && fromEnd < this.#reader.delay) return true
    const until = this.frameTimes[frame] + 1 / this.frameRate
    return fromEnd <= largestDelay && time + this.#tolerance >= until
  }
}

/** Seconds by which the file is shorter than its header says. */
function missingSeconds(facts: StreamFacts, { count }: PacketIndex, readable: number): number {
  const { streamSeconds, fileSeconds, filledSeconds, frameCount } = facts
  if (frameCount > 0 && frameCount <= count + mostPlaceholders) return 0
  if (streamSeconds > 0) return Math.max(0, streamSeconds - readable)
  return fileSeconds > 0 ? Math.max(0, fileSeconds - filledSeconds) : 0
}

/** Where each wanted frame appears first; it is decoded there and copied to its other places. */
function firstPlaces(wanted: number[]): Map<number, number> {
  const places = new Map<number, number>()
  wanted.forEach((frame, place) => {
    if (!places.has(frame)) places.set(frame, place)
  })
  return places
}

const isKnown = ({ num, den }: Ratio) => num > 0 && den > 0

/** Seconds from the first frame. Without timestamps, frames are spaced by the header's rate. */
function frameTimesOf(facts: StreamFacts, { pts, untimed }: PacketIndex): Float64Array {
  const { averageRate, commonRate, timeBase } = facts
  const rate = isKnown(averageRate) ? averageRate : commonRate
  const { num, den } = untimed && isKnown(rate) ? { num: rate.den, den: rate.num } : timeBase
  // Multiplied first, so that whole ticks of 1/10240 s give exactly 0.1.
  return Float64Array.from(pts, (time) => ((time - pts[0]) * num) / den)
}

function frameRateOf(
  { codec, averageRate, commonRate, ...facts }: StreamFacts,
  { count }: PacketIndex,
  frameTimes: Float64Array,
): number {
  const { streamSeconds, fileSeconds, filledSeconds } = facts
  // FFmpeg guesses a GIF's rate from its first frames.
  if (codec === "gif" && filledSeconds > 0) return count / filledSeconds
  if (isKnown(averageRate)) return averageRate.num / averageRate.den
  const last = frameTimes.length - 1
  if (frameTimes[last] > 0) return last / frameTimes[last]
  const seconds = streamSeconds || fileSeconds
  if (seconds > 0) return 1 / seconds
  return isKnown(commonRate) ? commonRate.num / commonRate.den : 1
}
