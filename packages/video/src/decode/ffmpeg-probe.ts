import type { PackedFile } from "../item.js"
import { notVideo, noVideoFormat } from "./container.js"
import { MediaError } from "./errors.js"
import { type Ffmpeg, runProgram } from "./ffmpeg-program.js"
import type { PixelFacts } from "./ffmpeg-rgb.js"
import {
  orientationOf,
  type ProbedStream,
  parseHeader,
  parseOrientation,
  parsePackets,
  ratio,
} from "./ffprobe-output.js"
import { inputArguments } from "./local-file.js"
import { checkSize } from "./memory.js"
import { type Orientation, upright } from "./orientation.js"
import { indexPackets, type PacketIndex } from "./packet-index.js"
import { packetRate } from "./packet-rate.js"
import { isCutShort } from "./truncation.js"
import type { StreamFacts } from "./video-source.js"

export interface Probed {
  readonly facts: StreamFacts
  readonly index: PacketIndex
  readonly pixels: PixelFacts
  /** The stream's number in the file. */
  readonly stream: number
  readonly delay: number
  readonly format: string
  /** Arguments that make ffmpeg read the file. */
  readonly input: readonly string[]
}

/** A file by its name and by the arguments that make ffprobe read it. */
interface Input {
  readonly path: string
  readonly arguments: readonly string[]
}

/** Reads header and packets with ffprobe, as `openWithNodeAv` does in this process. */
export async function probe(program: Ffmpeg, path: string, packed?: PackedFile): Promise<Probed> {
  const input = { path, arguments: inputArguments(path, packed) }
  const { streams, format } = await probeHeader(program, input)
  const videos = streams.filter((stream) => stream.codec_type === "video")
  const stream = videos.find((video) => video.disposition.attached_pic === 0)
  if (!stream) {
    const found = videos.length > 0 ? "only audio and a cover image" : "no video stream"
    throw notVideo(path, `it contains ${found}`)
  }
  const { width = 0, height = 0 } = stream
  checkSize({ path, width, height })
  const isCut = isCutShort(path, packed)
  const { packets, filled } = await probePackets(program, input, streams, stream.index)
  const lastIsPart = isCut && /mpegts|^mpeg$|gif|ogg/.test(format.format_name)
  const index = await shownFrames(program, input, stream, indexPackets(packets, lastIsPart))
  const timeBase = ratio(stream.time_base)
  const facts: StreamFacts = {
    path,
    codec: stream.codec_name ?? "unknown",
    width,
    height,
    orientation:
      orientationOf(stream) ?? (await streamOrientation(program, input, stream)) ?? upright,
    timeBase,
    averageRate: packetRate(index, timeBase, format.format_name) ?? ratio(stream.avg_frame_rate),
    commonRate: ratio(stream.r_frame_rate),
    streamSeconds: ((stream.duration_ts ?? 0) * timeBase.num) / timeBase.den,
    fileSeconds: Number(format.duration ?? 0),
    filledSeconds: filled,
    frameCount: Number(stream.nb_frames ?? 0),
    isCutShort: isCut,
  }
  const delay = stream.has_b_frames ?? 0
  const pixels = { ...stream, width, height }
  const { arguments: read } = input
  const { index: number } = stream
  return { facts, index, pixels, stream: number, delay, format: format.format_name, input: read }
}

async function probeHeader({ ffprobe }: Ffmpeg, { path, arguments: input }: Input) {
  const flags = "-v error -of json -show_streams -show_format".split(" ")
  const { code, stdout, stderr } = await runProgram(ffprobe, [...flags, ...input])
  if (code !== 0) throw notVideo(path, reason(stderr, input))
  return parseHeader(stdout.toString(), path)
}

function reason(stderr: string, input: readonly string[]): string {
  const last = stderr
    .trim()
    .split("\n")
    .pop()
    ?.replace(`${input.at(-1)}: `, "")
  return last === "Invalid argument" ? noVideoFormat : last || "ffprobe failed"
}

async function probePackets(
  { ffprobe }: Ffmpeg,
  input: Input,
  streams: readonly ProbedStream[],
  video: number,
) {
  const entries = "packet=stream_index,pts,dts,duration,size,flags"
  const flags = ["-v", "error", "-of", "compact=p=0", "-show_entries", entries]
  return parsePackets(await printedLines(ffprobe, flags, input), streams, video)
}

/** The orientation of the first frame, which these codecs can store in the stream. */
async function streamOrientation(
  { ffprobe }: Ffmpeg,
  input: Input,
  { index, codec_name = "" }: ProbedStream,
): Promise<Orientation | undefined> {
  if (!["h264", "hevc"].includes(codec_name)) return undefined
  const flags = ["-v", "error", "-of", "json", "-show_frames", "-read_intervals", "%+#1"]
  const { stdout } = await runProgram(ffprobe, [
    ...flags,
    "-select_streams",
    `${index}`,
    ...input.arguments,
  ])
  return parseOrientation(stdout.toString())
}

/** Decodes everything if packets do not show frames: VP8 hides some, AVI has no timestamps. */
async function shownFrames(
  { ffprobe }: Ffmpeg,
  input: Input,
  { index: stream, codec_name }: ProbedStream,
  packets: PacketIndex,
): Promise<PacketIndex> {
  if (!packets.untimed && codec_name !== "vp8") return packets
  const entries = "frame=best_effort_timestamp"
  const flags = ["-v", "error", "-of", "csv=p=0", "-select_streams", `${stream}`]
  const lines = await printedLines(ffprobe, [...flags, "-show_entries", entries], input)
  const times = lines.filter(Boolean).map(Number.parseFloat)
  if (packets.untimed)
    return { ...packets, pts: times.map((_, i) => i), keys: [], corrupt: new Set() }
  const known = new Set(packets.pts)
  return { ...packets, pts: times.filter((time) => known.has(time)) }
}

/** ffprobe's output. Damage may end it with an error; if it was killed, output is missing. */
async function printedLines(
  ffprobe: string,
  args: readonly string[],
  { path, arguments: input }: Input,
): Promise<string[]> {
  const { code, stdout } = await runProgram(ffprobe, [...args, ...input])
  if (code !== null) return stdout.toString("latin1").split("\n")
  const problem = "ffprobe was killed, or took over two minutes"
  throw new MediaError(path, problem, "try again, or leave the file out")
}
