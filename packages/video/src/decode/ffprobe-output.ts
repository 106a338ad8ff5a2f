import { notVideo } from "./container.js"
import { displayOrientation, type Orientation } from "./orientation.js"
import type { PacketFacts } from "./packet-index.js"
import type { Ratio } from "./video-source.js"

/** The fields of ffprobe's stream output that are used here. */
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

/**
 * Parses the JSON of `-show_streams -show_format`.
 *
 * @throws MediaError if it is truncated.
 */
export function parseHeader(text: string, path: string): ProbedHeader {
  const { streams = [], format } = (parsed(text) ?? {}) as Partial<ProbedHeader>
  if (format) return { streams, format }
  throw notVideo(path, "ffprobe found no format")
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The orientation of the first frame in the JSON of `-show_frames`, if it has one. */
export function parseOrientation(text: string): Orientation | undefined {
  const { frames } = (parsed(text) ?? {}) as { frames?: { side_data_list?: SideData }[] }
  return frames?.[0] && orientationOf(frames[0])
}

/** Packets of the video stream, and the end of the last packet of any stream in seconds. */
export interface ProbedPackets {
  readonly packets: readonly PacketFacts[]
  readonly filled: number
}

/** Parses the lines of `-of compact=p=0 -show_entries packet=...`: `name=value|name=value`. */
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

/** Orientation of a stream or frame with a matrix, which ffprobe prints as three numbered rows. */
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
