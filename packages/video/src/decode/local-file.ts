import { closeSync, openSync, readSync } from "node:fs"
import { contentDemuxer, kindBytes } from "./kinds.js"

// FFmpeg may take a file name for a URL (`http:x.mp4`, `pipe:0.mp4`, `12:30:00.mp4`), an option
// (`-i.mp4`) or a pattern (`a%03d.bmp`), and some formats refer to other files or hosts. Here a
// path always means the one file that it names.

/** A file's URL for FFmpeg, which takes everything after the colon literally. */
export const fileUrl = (path: string) => `file:${path}`

/** Formats that contain their frames: no playlists or stream descriptions. */
const containers =
  "3g2 3gp apng asf asf_o avi bink dhav dv film_cpk flic flv gif gxf ivf kux live_flv lmlm4 lxf " +
  "matroska mj2 mov mp4 mpeg mpegts mpegtsraw mpjpeg mxf nsv nut nuv ogg pmp r3d rl2 rm roq smk " +
  "smjpeg swf webm wtv yuv4mpegpipe"
const rawStreams =
  "av1 avs avs2 avs3 cavsvideo dirac dnxhd evc h261 h263 h264 hevc ingenient m4v mjpeg " +
  "mjpeg_2000 mpegvideo obu vc1 vc1test vvc"
const pictures = "bmp dds dpx exr gif hdr j2k jpeg jpegls jpegxl pam pbm pgm png ppm qoi tiff webp"
const formats = [
  ...`${containers} ${rawStreams} webp_anim jpegxl_anim`.split(" "),
  ...pictures.split(" ").map((name) => `${name}_pipe`),
]

/** FFmpeg options for reading one local file and nothing else. */
export const onlyFiles = {
  protocol_whitelist: "file",
  format_whitelist: formats.join(","),
} as const

/** FFmpeg's name of a file's format by its first bytes; undefined if FFmpeg has to probe. */
export function demuxerOf(path: string): string | undefined {
  const fd = openSync(path, "r")
  try {
    const head = Buffer.alloc(kindBytes)
    return contentDemuxer(head.subarray(0, readSync(fd, head, 0, kindBytes, 0)), path)
  } finally {
    closeSync(fd)
  }
}

/** Arguments that make ffmpeg and ffprobe read one local file and nothing else. */
export function inputArguments(path: string): string[] {
  const options = Object.entries(onlyFiles).flatMap(([name, value]) => [`-${name}`, value])
  const demuxer = demuxerOf(path)
  return [...options, ...(demuxer ? ["-f", demuxer] : []), "-i", fileUrl(path)]
}
