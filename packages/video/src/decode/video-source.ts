import { cropWithin } from "./crop-check.js"
import { clipMemory } from "./memory.js"
import { copyOriented, isTurned, type Orientation, rotationOf } from "./orientation.js"
import type { PacketIndex } from "./packet-index.js"
import type { StoredPicture } from "./rgb.js"
import type { Frames, FramesOptions, Source } from "./source.js"
import { clockTolerance, frameOnShow } from "./time-index.js"

/** A fraction; 0 / 0 where it is not known. */
export interface Ratio {
  readonly num: number
  readonly den: number
}

/** What a container says of its video stream, whichever program read it. */
export interface StreamFacts {
  readonly path: string
  readonly codec: string
  /** Pixels as stored, before any turn. */
  readonly width: number
  readonly height: number
  readonly orientation: Orientation
  /** Seconds a tick. */
  readonly timeBase: Ratio
  /** Frames a second: on average, and the smallest common one. */
  readonly averageRate: Ratio
  readonly commonRate: Ratio
  /** Seconds that the header says the stream lasts, 0 where it does not. */
  readonly streamSeconds: number
  /** The same for the whole file, and how much of that its packets fill. */
  readonly fileSeconds: number
  readonly filledSeconds: number
  /** Frames that the header promises, 0 where it does not. */
  readonly frameCount: number
  /** The container is longer than the file. */
  readonly isCutShort: boolean
}

/** Takes a picture of a frame. `sound` is false where it may not look as it was encoded. */
export type TakePicture = (frame: number, picture: StoredPicture, sound: boolean) => void

/** Decodes frames, told by their places in the index. */
export interface FrameReader {
  /** `frames` ascend. A frame that cannot be read is not given, or its neighbour instead. */
  read(frames: readonly number[], take: TakePicture): void | Promise<void>
  /** Frames that the decoder may hold back: so many are out of order where a file is cut. */
  readonly delay: number
  close(): void
}

/** AVI headers also count empty packets, which keep the last frame on show and are not read. */
const mostPlaceholders = 3
/** No codec shows a frame later than this many after it was decoded. */
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
    const sound = new Set<number>()
    await this.#reader.read(
      [...places.keys()].sort((a, b) => a - b),
      (frame, picture, isSound) => {
        const start = places.get(frame)! * bytes
        const place = data.subarray(start, start + bytes)
        copyOriented(picture.data, picture, this.#orientation, crop, place)
        if (isSound) sound.add(frame)
        else sound.delete(frame)
      },
    )
    const valid = wanted.map((frame, i) => {
      const place = places.get(frame)!
      if (place !== i) data.copyWithin(i * bytes, place * bytes, (place + 1) * bytes)
      return sound.has(frame) && !this.#isMissing(times[i], frame)
    })
    const timestamps = Float64Array.from(wanted, (frame) => this.frameTimes[frame])
    return { width: crop.width, height: crop.height, data, timestamps, valid }
  }

  close(): void {
    this.#reader.close()
  }

  /**
   * Whether a file that ends early has lost the frame of this time. Near its end frames may lack
   * in between, as later ones are stored before them: there each is on show for one period only.
   */
  #isMissing(time: number, frame: number): boolean {
    if (!this.#endsEarly) return false
    const fromEnd = this.frameTimes.length - 1 - frame
    // Without times frames are counted, and a hole in the count cannot be seen.
    if (this.#index.untimed && fromEnd < this.#reader.delay) return true
    const until = this.frameTimes[frame] + 1 / this.frameRate
    return fromEnd <= largestDelay && time + this.#tolerance >= until
  }
}

/** How much less the file holds than its header says. */
function missingSeconds(facts: StreamFacts, { count }: PacketIndex, readable: number): number {
  const { streamSeconds, fileSeconds, filledSeconds, frameCount } = facts
  if (frameCount > 0 && frameCount <= count + mostPlaceholders) return 0
  if (streamSeconds > 0) return Math.max(0, streamSeconds - readable)
  return fileSeconds > 0 ? Math.max(0, fileSeconds - filledSeconds) : 0
}

/** Where each wanted frame appears first: it is decoded there and copied to its other places. */
function firstPlaces(wanted: number[]): Map<number, number> {
  const places = new Map<number, number>()
  wanted.forEach((frame, place) => {
    if (!places.has(frame)) places.set(frame, place)
  })
  return places
}

const isKnown = ({ num, den }: Ratio) => num > 0 && den > 0

/** Seconds from the first frame. Frames without times are as far apart as the header says. */
function frameTimesOf(facts: StreamFacts, { pts, untimed }: PacketIndex): Float64Array {
  const { averageRate, commonRate, timeBase } = facts
  const rate = isKnown(averageRate) ? averageRate : commonRate
  const { num, den } = untimed && isKnown(rate) ? { num: rate.den, den: rate.num } : timeBase
  // Multiplied first, so that whole ticks of 1/10240 s give 0.1, not 0.1 and a rounding.
  return Float64Array.from(pts, (time) => ((time - pts[0]) * num) / den)
}

function frameRateOf(
  { codec, averageRate, commonRate, ...facts }: StreamFacts,
  { count }: PacketIndex,
  frameTimes: Float64Array,
): number {
  const { streamSeconds, fileSeconds, filledSeconds } = facts
  // FFmpeg guesses a GIF's from its first frames.
  if (codec === "gif" && filledSeconds > 0) return count / filledSeconds
  if (isKnown(averageRate)) return averageRate.num / averageRate.den
  const last = frameTimes.length - 1
  if (frameTimes[last] > 0) return last / frameTimes[last]
  const seconds = streamSeconds || fileSeconds
  if (seconds > 0) return 1 / seconds
  return isKnown(commonRate) ? commonRate.num / commonRate.den : 1
}
