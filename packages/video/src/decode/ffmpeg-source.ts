import { noFrame } from "./av-source.js"
import { toldFrames } from "./ffmpeg-log.js"
import { type Probed, probe } from "./ffmpeg-probe.js"
import { type Ffmpeg, runProgram } from "./ffmpeg-program.js"
import type { KeyFrame } from "./packet-index.js"
import { keyBefore, seeksByDts } from "./seek.js"
import type { Source } from "./source.js"
import { clockTolerance, frameOnShow } from "./time-index.js"
import { type FrameReader, type TakePicture, VideoSource } from "./video-source.js"

/** Opens a video through the programs of FFmpeg: the same frames, a process for each clip. */
export async function openWithFfmpeg(program: Ffmpeg, path: string): Promise<Source> {
  const probed = await probe(program, path)
  if (probed.index.pts.length === 0) throw noFrame(path)
  return new VideoSource(probed.facts, probed.index, new PipeReader(program, probed))
}

class PipeReader implements FrameReader {
  readonly delay: number
  private readonly times: Float64Array
  private readonly tolerance: number

  constructor(
    private readonly program: Ffmpeg,
    private readonly probed: Probed,
  ) {
    const { num, den } = probed.facts.timeBase
    this.times = Float64Array.from(probed.index.pts, (pts) => (pts * num) / den)
    this.tolerance = clockTolerance(num / den)
    this.delay = probed.delay
  }

  async read(frames: readonly number[], take: TakePicture): Promise<void> {
    const { index } = this.probed
    const key = index.untimed ? undefined : keyBefore(index, frames[0])
    const isFirst = key === undefined || key === index.keys[0]
    let got = await this.decode(frames, isFirst ? undefined : key)
    // The seek landed late, as transport streams do: read again from the very start.
    if (!isFirst && got.length < frames.length) got = await this.decode(frames, undefined)
    const { width, height } = this.probed.facts
    for (const { frame, data, sound } of got) {
      take(frame, { data, width, height, stride: 3 * width }, sound)
    }
  }

  close(): void {}

  private async decode(frames: readonly number[], key: KeyFrame | undefined) {
    const { facts, stream } = this.probed
    const seek = key ? ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", this.secondsOf(key)] : []
    const input = [..."-threads 1 -noautorotate -copyts".split(" "), ...seek, "-i", facts.path]
    const filter = `showinfo=checksum=0,select='${this.selection(frames)}'`
    const output = "-sws_flags bicubic -f rawvideo -pix_fmt rgb24 -".split(" ")
    const { stdout, stderr } = await runProgram(this.program.ffmpeg, [
      ..."-hide_banner -nostats -nostdin -loglevel level+info".split(" "),
      ...input,
      ...["-map", `0:${stream}`, "-vf", filter, "-frames:v", `${frames.length}`],
      ...this.program.keepFrames,
      ...output,
    ])
    const bytes = 3 * facts.width * facts.height
    const shown = this.shownFrames(stderr, new Set(frames))
    return shown.slice(0, Math.floor(stdout.length / bytes)).map((frame, i) => ({
      ...frame,
      data: stdout.subarray(i * bytes, (i + 1) * bytes),
    }))
  }

  private secondsOf({ pts, dts }: KeyFrame): string {
    const { facts, format } = this.probed
    const { num, den } = facts.timeBase
    return (((seeksByDts(format) ? dts : pts) * num) / den).toFixed(6)
  }

  private selection(frames: readonly number[]): string {
    if (this.probed.index.untimed) return frames.map((frame) => `eq(n,${frame})`).join("+")
    const at = (frame: number, by: number) => (this.times[frame] + by).toFixed(7)
    const near = (frame: number) =>
      `between(t,${at(frame, -this.tolerance)},${at(frame, this.tolerance)})`
    return frames.map(near).join("+")
  }

  /** The wanted frames in the order in which ffmpeg's log tells that it decoded them. */
  private shownFrames(log: string, wanted: ReadonlySet<number>) {
    const shown: { frame: number; sound: boolean }[] = []
    const { index, format } = this.probed
    let damaged = false
    for (const { count, seconds, key, complained } of toldFrames(log, format)) {
      const frame = this.frameAt(count, seconds)
      damaged = !key && (damaged || complained)
      if (index.corrupt.has(index.pts[frame])) damaged = true
      if (wanted.has(frame)) shown.push({ frame, sound: !damaged })
    }
    return shown
  }

  private frameAt(count: number, seconds: number): number {
    if (this.probed.index.untimed) return count
    const frame = frameOnShow(this.times, seconds, this.tolerance)
    return Math.abs(this.times[frame] - seconds) <= this.tolerance ? frame : -1
  }
}
