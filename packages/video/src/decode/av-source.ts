import { type Container, indexPackets, openContainer, type PacketIndex } from "./container.js"
import { cropWithin } from "./crop-check.js"
import { type Decoded, Decoder } from "./decoder.js"
import { MediaError } from "./errors.js"
import type { NodeAv } from "./node-av.js"
import {
  copyOriented,
  isTurned,
  type Orientation,
  readDisplayMatrix,
  rotationOf,
} from "./orientation.js"
import { RgbConverter } from "./rgb.js"
import type { Frames, FramesOptions, Rect, Source } from "./source.js"
import { clockTolerance, frameOnShow } from "./time-index.js"

/** Opens a video through node-av. Throws MediaError where no frame can be read. */
export function openWithNodeAv(av: NodeAv, path: string): Source {
  const container = openContainer(av, path)
  const decoder = startDecoder(av, container)
  try {
    const packets = indexPackets(av, container)
    const index = packets.untimed ? indexByDecoding(decoder) : packets
    if (index.pts.length > 0) return new AvSource(av, decoder, index)
    throw new MediaError(
      path,
      "holds no readable frame",
      "The file is cut short or damaged: copy or encode it again.",
    )
  } catch (error) {
    decoder.close()
    throw error
  }
}

function startDecoder(av: NodeAv, container: Container): Decoder {
  try {
    return new Decoder(av, container)
  } catch (error) {
    container.format.closeInputSync()
    throw error
  }
}

/** Counts frames by decoding everything, for containers that store no times (some AVI files). */
function indexByDecoding(decoder: Decoder): PacketIndex {
  decoder.countFrames()
  const pts: number[] = []
  for (let frame = decoder.next(() => true); frame; frame = decoder.next(() => true)) {
    pts.push(frame.pts)
  }
  return { pts, keys: [], untimed: true }
}

class AvSource implements Source {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly rotation: number
  readonly duration: number
  readonly frameRate: number
  readonly codec: string
  readonly frameTimes: Float64Array

  private readonly orientation: Orientation
  private readonly rgb: RgbConverter
  private readonly tick: number
  private readonly claimsMore: boolean
  /** Index of the last frame that the decoder gave since it moved, -1 if none. */
  private position = -1
  private moved = false
  /** Frames passed undecoded since the last move: they need a move back. */
  private readonly passed = new Set<number>()
  private readonly indexOf: Map<number, number>

  constructor(
    av: NodeAv,
    private readonly decoder: Decoder,
    private readonly index: PacketIndex,
  ) {
    const container = decoder.current
    const { stream, path, tick } = container
    const { codecpar } = stream
    this.path = path
    this.tick = tick
    this.codec = av.lib.avGetCodecName(codecpar.codecId) ?? "unknown"
    this.orientation = readDisplayMatrix(
      codecpar.getCodedSideData(av.constants.AV_PKT_DATA_DISPLAYMATRIX),
    )
    this.rotation = rotationOf(this.orientation)
    const [width, height] = [codecpar.width, codecpar.height]
    ;[this.width, this.height] = isTurned(this.orientation) ? [height, width] : [width, height]
    this.frameTimes = frameTimesOf(container, index)
    this.frameRate = frameRateOf(container, this.frameTimes)
    const readable = this.frameTimes[this.frameTimes.length - 1] + 1 / this.frameRate
    const claimed = Number(stream.duration) * tick
    this.duration = claimed > 0 ? claimed : readable
    const missing = Number(stream.nbFrames) - index.pts.length
    this.claimsMore = missing > 0 && this.duration > readable + 1.5 / this.frameRate
    this.indexOf = new Map(index.pts.map((pts, i) => [pts, i]))
    this.rgb = new RgbConverter(av, width, height)
  }

  async frames(times: ArrayLike<number>, options: FramesOptions = {}): Promise<Frames> {
    const crop = cropWithin(this, options.crop)
    const bytes = 3 * crop.width * crop.height
    const data = new Uint8Array(times.length * bytes)
    const tolerance = clockTolerance(this.tick)
    const wanted = Array.from(times, (time) => frameOnShow(this.frameTimes, time, tolerance))
    const first = firstPlaces(wanted)
    const sound = this.decode(first, crop, data, bytes)
    const valid = wanted.map((frame, i) => {
      const place = first.get(frame)!
      if (place !== i) data.copyWithin(i * bytes, place * bytes, (place + 1) * bytes)
      return sound.has(frame) && !this.isBeyondRead(times[i])
    })
    const timestamps = Float64Array.from(wanted, (frame) => this.frameTimes[frame])
    return { width: crop.width, height: crop.height, data, timestamps, valid }
  }

  close(): void {
    this.rgb.close()
    this.decoder.close()
  }

  /** The header promises a frame for this time, but the file ends before it. */
  private isBeyondRead(time: number): boolean {
    const last = this.frameTimes[this.frameTimes.length - 1]
    return this.claimsMore && time > last + 1 / this.frameRate
  }

  /** Fills the place of each wanted frame in `data`; returns the frames that came out sound. */
  private decode(
    places: Map<number, number>,
    crop: Rect,
    data: Uint8Array,
    bytes: number,
  ): Set<number> {
    const sound = new Set<number>()
    const ordered = [...places.keys()].sort((a, b) => a - b)
    for (const frame of ordered) {
      const decoded = this.reach(frame, places)
      if (!decoded) continue
      const stored = this.rgb.convert(decoded.picture)
      if (!stored) continue
      const start = places.get(frame)! * bytes
      copyOriented(stored.data, stored, this.orientation, crop, data.subarray(start, start + bytes))
      if (!decoded.damaged && this.indexOf.get(decoded.pts) === frame) sound.add(frame)
    }
    return sound
  }

  /** Decodes up to a frame; gives the next one there is where the frame itself never comes. */
  private reach(frame: number, wanted: Map<number, number>): Decoded | undefined {
    if (this.needsMove(frame)) this.move(this.keyBefore(frame))
    let decoded = this.walk(frame, wanted)
    if (decoded && this.indexOf.get(decoded.pts) === frame) return decoded
    // The seek landed late, as transport streams do: read again from the very start.
    this.decoder.rewind()
    this.forget()
    decoded = this.walk(frame, wanted)
    return decoded
  }

  private walk(frame: number, wanted: Map<number, number>): Decoded | undefined {
    const target = this.index.pts[frame]
    const wants = (pts: number) => {
      const index = this.indexOf.get(pts)
      if (index === undefined || wanted.has(index)) return true
      this.passed.add(index)
      return false
    }
    for (;;) {
      const decoded = this.decoder.next(wants)
      if (!decoded) return undefined
      this.position = this.indexOf.get(decoded.pts) ?? this.position
      if (decoded.pts >= target) return decoded
    }
  }

  private needsMove(frame: number): boolean {
    if (!this.moved || frame <= this.position || this.passed.has(frame)) return true
    return this.keyBefore(frame) > this.index.pts[Math.max(0, this.position)]
  }

  private keyBefore(frame: number): number {
    const { keys, pts } = this.index
    let key = pts[0]
    for (const candidate of keys) {
      if (candidate > pts[frame]) break
      key = candidate
    }
    return key
  }

  private move(key: number): void {
    if (this.index.untimed || !this.decoder.seek(key)) this.decoder.rewind()
    this.forget()
  }

  private forget(): void {
    this.moved = true
    this.position = -1
    this.passed.clear()
  }
}

/** Where each wanted frame appears first: it is decoded there and copied to its other places. */
function firstPlaces(wanted: number[]): Map<number, number> {
  const places = new Map<number, number>()
  wanted.forEach((frame, place) => {
    if (!places.has(frame)) places.set(frame, place)
  })
  return places
}

/** Seconds from the first frame. Frames without times are as far apart as the header says. */
function frameTimesOf({ stream }: Container, { pts, untimed }: PacketIndex): Float64Array {
  const { avgFrameRate, rFrameRate, timeBase } = stream
  const rate = avgFrameRate.num > 0 ? avgFrameRate : rFrameRate
  const { num, den } = untimed && rate.num > 0 ? { num: rate.den, den: rate.num } : timeBase
  // Multiplied first, so that whole ticks of 1/10240 s give 0.1, not 0.1 and a rounding.
  return Float64Array.from(pts, (time) => ((time - pts[0]) * num) / den)
}

function frameRateOf({ stream }: Container, frameTimes: Float64Array): number {
  const { avgFrameRate, rFrameRate } = stream
  if (avgFrameRate.num > 0 && avgFrameRate.den > 0) return avgFrameRate.num / avgFrameRate.den
  const last = frameTimes.length - 1
  if (frameTimes[last] > 0) return last / frameTimes[last]
  return rFrameRate.num > 0 && rFrameRate.den > 0 ? rFrameRate.num / rFrameRate.den : 1
}
