import { type InputVideoTrack, type VideoSample, VideoSampleSink } from "mediabunny"
import type { Rect } from "../geometry.js"
import { cropWithin } from "./crop-check.js"
import { clipMemory } from "./memory.js"
import type { Frames, FramesOptions, Source } from "./source.js"
import { clockTolerance, frameOnShow } from "./time-index.js"

/** A decoder silent for this long has hit damage, which WebCodecs need not report. */
const timeoutSeconds = 20

interface TrackFacts extends Omit<Source, "frameTimes" | "frames" | "close"> {
  /** Presentation times on the track's clock, ascending. */
  readonly times: Float64Array
  readonly tickSeconds: number
}

/** A video track decoded by the browser. */
export class TrackSource implements Source {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly rotation: number
  readonly duration: number
  readonly frameRate: number
  readonly codec: string
  readonly frameTimes: Float64Array

  readonly #times: Float64Array
  readonly #tolerance: number
  readonly #sink: VideoSampleSink

  constructor(
    facts: TrackFacts,
    track: InputVideoTrack,
    readonly close: () => void,
  ) {
    this.path = facts.path
    this.width = facts.width
    this.height = facts.height
    this.rotation = facts.rotation
    this.duration = facts.duration
    this.frameRate = facts.frameRate
    this.codec = facts.codec
    this.#times = facts.times
    this.frameTimes = facts.times.map((time) => time - facts.times[0])
    this.#tolerance = clockTolerance(facts.tickSeconds)
    this.#sink = new VideoSampleSink(track)
  }

  async frames(times: ArrayLike<number>, options: FramesOptions = {}): Promise<Frames> {
    const crop = cropWithin(this, options.crop)
    const bytes = 3 * crop.width * crop.height
    const data = clipMemory(this, times.length, bytes)
    const wanted = Array.from(times, (time) => frameOnShow(this.frameTimes, time, this.#tolerance))
    const intact = new Set<number>()
    const copy = copier(this, crop)
    for await (const [frame, sample] of this.#decoded(wanted)) {
      const pixels = copy(sample)
      wanted.forEach((other, place) => {
        if (other === frame) data.set(pixels, place * bytes)
      })
      if (Math.abs(sample.timestamp - this.#times[frame]) <= this.#tolerance) intact.add(frame)
    }
    const valid = wanted.map((frame) => intact.has(frame))
    const timestamps = Float64Array.from(wanted, (frame) => this.frameTimes[frame])
    return { width: crop.width, height: crop.height, data, timestamps, valid }
  }

  /** Each wanted frame once, in order of time, up to the first undecodable one. */
  async *#decoded(wanted: readonly number[]): AsyncGenerator<[number, VideoSample]> {
    const frames = [...new Set(wanted)].sort((a, b) => a - b)
    const samples = this.#sink.samplesAtTimestamps(frames.map((frame) => this.#times[frame]))
    try {
      for (const frame of frames) {
        const next = await inTime(samples.next())
        if (next?.value) yield [frame, next.value]
        next?.value?.close()
        if (!next || next.done) return
      }
    } finally {
      void samples.return(undefined)
    }
  }
}

/** The promise's value; undefined if it rejects or times out. */
function inTime<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | number
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, 1000 * timeoutSeconds)
  })
  return Promise.race([promise.catch(() => undefined), late]).finally(() => clearTimeout(timer))
}

/** Copies a crop of displayed frames through a canvas: u8 RGB, overwritten by the next copy. */
function copier({ width, height }: Source, crop: Rect): (sample: VideoSample) => Uint8Array {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!
  const rgb = new Uint8Array(3 * crop.width * crop.height)
  return (sample) => {
    sample.draw(context, 0, 0, width, height)
    const { data } = context.getImageData(crop.x, crop.y, crop.width, crop.height)
    for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
      rgb[to] = data[from]
      rgb[to + 1] = data[from + 1]
      rgb[to + 2] = data[from + 2]
    }
    return rgb
  }
}
