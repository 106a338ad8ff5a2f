import { noFrame } from "./av-source.js"
import { toldFrames } from "./ffmpeg-log.js"
import { type Probed, probe } from "./ffmpeg-probe.js"
import { type Ffmpeg, runProgram } from "./ffmpeg-program.js"
import { rgbFilters } from "./ffmpeg-rgb.js"
import { inputArguments } from "./local-file.js"
import { unsupportedMatrices, unsupportedMatrix } from "./matrix.js"
import { isBare } from "./pace.js"
import type { KeyFrame } from "./packet-index.js"
import { keyBefore, seeksByDts } from "./seek.js"
import type { Source } from "./source.js"
import { type FrameReader, type TakePicture, VideoSource } from "./video-source.js"

/** Opens a video through the programs of FFmpeg: the same frames, a process for each clip. */
export async function openWithFfmpeg(program: Ffmpeg, path: string): Promise<Source> {
  const probed = await probe(program, path)
  if (probed.index.pts.length === 0) throw noFrame(path)
  return new VideoSource(probed.facts, probed.index, new PipeReader(program, probed))
}

/** Frames asked of one process: a command line holds their filter, memory their pixels. */
const mostFrames = 512

/** By halves: FFmpeg's expressions hold at most a hundred terms beside each other. */
function sum(terms: readonly string[]): string {
  if (terms.length < 2) return terms.join()
  const half = terms.length >> 1
  return `(${sum(terms.slice(0, half))}+${sum(terms.slice(half))})`
}

class PipeReader implements FrameReader {
  readonly #program: Ffmpeg
  readonly #probed: Probed
  readonly delay: number
  /** FFmpeg makes up the times of a bare stream, and not always on the stream's clock. */
  readonly #counts: boolean
  readonly #indexOf: ReadonlyMap<number, number>

  constructor(program: Ffmpeg, probed: Probed) {
    this.#program = program
    this.#probed = probed
    this.#indexOf = new Map(probed.index.pts.map((pts, i) => [pts, i]))
    this.#counts = probed.index.untimed || isBare(probed.format)
    this.delay = probed.delay
  }

  async read(frames: readonly number[], take: TakePicture): Promise<void> {
    const { pixels, facts } = this.#probed
    const matrix = Object.values(unsupportedMatrices).find((name) => name === pixels.color_space)
    if (matrix) throw unsupportedMatrix(facts.path, matrix)
    for (let from = 0; from < frames.length; from += mostFrames) {
      await this.#readSome(frames.slice(from, from + mostFrames), take)
    }
  }

  close(): void {}

  async #readSome(frames: readonly number[], take: TakePicture): Promise<void> {
    const { index, facts } = this.#probed
    const key = this.#counts ? undefined : keyBefore(index, frames[0])
    const isFirst = key === undefined || key === index.keys[0]
    let got = await this.#decode(frames, isFirst ? undefined : key)
    // The seek landed late, as transport streams do: read again from the very start.
    if (!isFirst && got.length < frames.length) got = await this.#decode(frames, undefined)
    const { width, height } = facts
    for (const { frame, data, sound } of got) {
      take(frame, { data, width, height, stride: 3 * width }, sound)
    }
  }

  async #decode(frames: readonly number[], key: KeyFrame | undefined) {
    const { facts, stream } = this.#probed
    const seek = key
      ? ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", this.#secondsOf(key)]
      : []
    const flags = "-threads 1 -noautorotate -copyts".split(" ")
    const input = [...flags, ...seek, ...inputArguments(facts.path)]
    const wanted = `showinfo=checksum=0,select='${this.#selection(frames)}'`
    const filter = `${wanted},${rgbFilters(this.#probed.pixels)}`
    const output = "-f rawvideo -pix_fmt rgb24 -".split(" ")
    const { stdout, stderr } = await runProgram(this.#program.ffmpeg, [
      ..."-hide_banner -nostats -nostdin -loglevel level+info".split(" "),
      ...input,
      ...["-map", `0:${stream}`, "-vf", filter, "-frames:v", `${frames.length}`],
      ...this.#program.keepFrames,
      ...output,
    ])
    const bytes = 3 * facts.width * facts.height
    const shown = this.#shownFrames(stderr, new Set(frames))
    return shown.slice(0, Math.floor(stdout.length / bytes)).map((frame, i) => ({
      ...frame,
      data: stdout.subarray(i * bytes, (i + 1) * bytes),
    }))
  }

  #secondsOf({ pts, dts }: KeyFrame): string {
    const { facts, format } = this.#probed
    const { num, den } = facts.timeBase
    return (((seeksByDts(format) ? dts : pts) * num) / den).toFixed(6)
  }

  #selection(frames: readonly number[]): string {
    const { pts } = this.#probed.index
    const is = (frame: number) => (this.#counts ? `eq(n,${frame})` : `eq(pts,${pts[frame]})`)
    return sum(frames.map(is))
  }

  /** The wanted frames in the order in which ffmpeg's log tells that it decoded them. */
  #shownFrames(log: string, wanted: ReadonlySet<number>) {
    const shown: { frame: number; sound: boolean }[] = []
    const { index, format } = this.#probed
    let damaged = false
    for (const { count, pts, key, complained } of toldFrames(log, format)) {
      const frame = this.#counts ? count : (this.#indexOf.get(pts) ?? -1)
      damaged = !key && (damaged || complained)
      if (index.corrupt.has(index.pts[frame])) damaged = true
      if (wanted.has(frame)) shown.push({ frame, sound: !damaged })
    }
    return shown
  }
}
