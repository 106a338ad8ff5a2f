import type { PackedFile } from "../item.js"
import { noFrame } from "./av-source.js"
import { loggedFrames } from "./ffmpeg-log.js"
import { type Probed, probe } from "./ffmpeg-probe.js"
import { type Ffmpeg, runProgram } from "./ffmpeg-program.js"
import { rgbFilters } from "./ffmpeg-rgb.js"
import { unsupportedMatrices, unsupportedMatrix } from "./matrix.js"
import type { Keyframe } from "./packet-index.js"
import { isRawStream } from "./packet-rate.js"
import { keyBefore, seeksByDts } from "./seek.js"
import type { Source } from "./source.js"
import { type FrameReader, type TakePicture, VideoSource } from "./video-source.js"

/** Opens a video with FFmpeg's programs: the same frames, with one process per clip. */
export async function openWithFfmpeg(
  program: Ffmpeg,
  path: string,
  packed?: PackedFile,
): Promise<Source> {
  const probed = await probe(program, path, packed)
  if (probed.index.pts.length === 0) throw noFrame(path)
  return new VideoSource(probed.facts, probed.index, new PipeReader(program, probed))
}

/** Most frames per process, limited by the length of the filter and the pixels in memory. */
const mostFrames = 512

/** A nested sum: FFmpeg's expressions allow at most a hundred consecutive terms. */
function sum(terms: readonly string[]): string {
  if (terms.length < 2) return terms.join()
  const half = terms.length >> 1
  return `(${sum(terms.slice(0, half))}+${sum(terms.slice(half))})`
}

class PipeReader implements FrameReader {
  readonly #program: Ffmpeg
  readonly #probed: Probed
  readonly delay: number
  /** FFmpeg invents the timestamps of a raw stream, and not always in the stream's time base. */
  readonly #counts: boolean
  readonly #indexOf: ReadonlyMap<number, number>

  constructor(program: Ffmpeg, probed: Probed) {
    this.#program = program
    this.#probed = probed
    this.#indexOf = new Map(probed.index.pts.map((pts, i) => [pts, i]))
    this.#counts = probed.index.untimed || isRawStream(probed.format)
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
    // The seek landed too late, as it may in transport streams: decode from the start.
    if (!isFirst && got.length < frames.length) got = await this.#decode(frames, undefined)
    const { width, height } = facts
    for (const { frame, data, isIntact } of got) {
      take(frame, { data, width, height, stride: 3 * width }, isIntact)
    }
  }

  async #decode(frames: readonly number[], key: Keyframe | undefined) {
    const { facts, stream, input: file } = this.#probed
    const seek = key
      ? ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", this.#secondsOf(key)]
      : []
    const flags = "-threads 1 -noautorotate -copyts".split(" ")
    const input = [...flags, ...seek, ...file]
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

  #secondsOf({ pts, dts }: Keyframe): string {
    const { facts, format } = this.#probed
    const { num, den } = facts.timeBase
    return (((seeksByDts(format) ? dts : pts) * num) / den).toFixed(6)
  }

  #selection(frames: readonly number[]): string {
    const { pts } = this.#probed.index
    const is = (frame: number) => (this.#counts ? `eq(n,${frame})` : `eq(pts,${pts[frame]})`)
    return sum(frames.map(is))
  }

  /** The wanted frames, in the order of ffmpeg's log. */
  #shownFrames(log: string, wanted: ReadonlySet<number>) {
    const shown: { frame: number; isIntact: boolean }[] = []
    const { index, format } = this.#probed
    let damaged = false
    for (const { count, pts, key, hasError } of loggedFrames(log, format)) {
      const frame = this.#counts ? count : (this.#indexOf.get(pts) ?? -1)
      damaged = !key && (damaged || hasError)
      if (index.corrupt.has(index.pts[frame])) damaged = true
      if (wanted.has(frame)) shown.push({ frame, isIntact: !damaged })
    }
    return shown
  }
}
