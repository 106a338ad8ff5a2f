import { notVideo } from "./container.js"
import { displayOrientation, type Orientation } from "./orientation.js"
import type { PacketFacts } from "./packet-index.js"
import type { Ratio } from "./video-source.js"

/** What ffprobe prints of a stream, as far as it is used here. */
export interface ProbedStream {
  readonly index: number
  readonly codec_type: string
  readonly codec_name?: string
  readonly width?: number
  readonly height?: number
  readonly pix_fmt?: string
  readonly color_range?: string
  readonly color_space?: string
  readonly chroma_location?: string
  readonly time_base: string
  readonly avg_frame_rate: string
  readonly r_frame_rate: string
  /** In ticks. ffprobe's `duration` is this in seconds, rounded to microseconds. */
  readonly duration_ts?: number
  readonly nb_frames?: string
  readonly has_b_frames?: number
  readonly disposition: { readonly attached_pic: number }
  readonly side_data_list?: SideData
}

type SideData = readonly { readonly displaymatrix?: string }[]

export interface ProbedHeader {
  readonly streams: readonly ProbedStream[]
  readonly format: { readonly format_name: string; readonly duration?: string }
}

/** Reads the JSON of `-show_streams -show_format`. Throws MediaError where it is cut off. */
export function parseHeader(text: string, path: string): ProbedHeader {
  const { streams = [], format } = (parsed(text) ?? {}) as Partial<ProbedHeader>
  if (format) return { streams, format }
  throw notVideo(path, "ffprobe tells no format of it")
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads the JSON of `-show_frames`: how the first of them is to be turned, if it says so. */
export function parseOrientation(text: string): Orientation | undefined {
  const { frames } = (parsed(text) ?? {}) as { frames?: { side_data_list?: SideData }[] }
  return frames?.[0] && orientationOf(frames[0])
}

/** Packets of the video stream, and how many seconds those of all streams fill. */
export interface ProbedPackets {
  readonly packets: readonly PacketFacts[]
  readonly filled: number
}

/** Reads the lines of `-of compact=p=0 -show_entries packet=...`: `name=value|name=value`. */
export function parsePackets(
  lines: readonly string[],
  streams: readonly ProbedStream[],
  video: number,
): ProbedPackets {
  const packets: PacketFacts[] = []
  let filled = 0
  for (const line of lines) {
    const fields = new Map(line.split("|").map((field) => field.split("=", 2) as [string, string]))
    const ticks = (name: string) => {
      const value = Number(fields.get(name) ?? Number.NaN)
      return Number.isNaN(value) ? undefined : value
    }
    const stream = streams[ticks("stream_index") ?? -1]
    if (!stream) continue
    const [pts, marks] = [ticks("pts"), fields.get("flags") ?? ""]
    const { num, den } = ratio(stream.time_base)
    if (pts !== undefined) filled = Math.max(filled, ((pts + (ticks("duration") ?? 0)) * num) / den)
    if (stream.index !== video) continue
    packets.push({
      pts,
      dts: ticks("dts"),
      duration: ticks("duration") ?? 0,
      bytes: ticks("size") ?? 0,
      key: marks.includes("K"),
      shown: !marks.includes("D"),
      corrupt: marks.includes("C"),
    })
  }
  return { packets, filled }
}

export function ratio(text: string): Ratio {
  const [num, den] = text.split("/").map(Number)
  return { num, den }
}

/** Of a stream or a frame, where it bears a matrix: ffprobe prints it as three numbered rows. */
export function orientationOf({
  side_data_list = [],
}: {
  readonly side_data_list?: SideData
}): Orientation | undefined {
  const text = side_data_list.find(({ displaymatrix }) => displaymatrix)?.displaymatrix
  const rows = text
    ?.trim()
    .split("\n")
    .map((row) => row.replace(/^\w+:/, "").trim().split(/\s+/))
  if (rows?.length !== 3) return undefined
  const [a, b, c, d] = [rows[0][0], rows[0][1], rows[1][0], rows[1][1]].map(Number)
  return displayOrientation(a, b, c, d)
}
