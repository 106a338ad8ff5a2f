import { closeSync, openSync, readSync } from "node:fs"
import { contentDemuxer, kindBytes } from "./kinds.js"

// FFmpeg takes a name for an address (`http:x.mp4`, `pipe:0.mp4`, `12:30:00.mp4`), an option
// (`-i.mp4`) or a pattern (`a%03d.bmp`), and some formats name other files or hosts to read from.
// Here a path is the one file that it names.

/** The address of a file, for FFmpeg; it takes what follows the colon as it stands. */
export const fileUrl = (path: string) => `file:${path}`

/** Formats that hold their frames themselves: no playlists or descriptions of streams. */
const containers =
  "3g2 3gp apng asf asf_o avi bink dhav dv film_cpk flic flv gif gxf ivf kux live_flv lmlm4 lxf " +
  "matroska mj2 mov mp4 mpeg mpegts mpegtsraw mpjpeg mxf nsv nut nuv ogg pmp r3d rl2 rm roq smk " +
  "smjpeg swf webm wtv yuv4mpegpipe"
const bareStreams =
  "av1 avs avs2 avs3 cavsvideo dirac dnxhd evc h261 h263 h264 hevc ingenient m4v mjpeg " +
  "mjpeg_2000 mpegvideo obu vc1 vc1test vvc"
const pictures = "bmp dds dpx exr gif hdr j2k jpeg jpegls jpegxl pam pbm pgm png ppm qoi tiff webp"
const formats = [
  ...`${containers} ${bareStreams} webp_anim jpegxl_anim`.split(" "),
  ...pictures.split(" ").map((name) => `${name}_pipe`),
]

/** FFmpeg's options for reading one local file and nothing else. */
export const onlyFiles = {
  protocol_whitelist: "file",
  format_whitelist: formats.join(","),
} as const

/** FFmpeg's name of the format that a file begins with; undefined where it has to guess. */
export function demuxerOf(path: string): string | undefined {
  const fd = openSync(path, "r")
  try {
    const head = Buffer.alloc(kindBytes)
    return contentDemuxer(head.subarray(0, readSync(fd, head, 0, kindBytes, 0)), path)
  } finally {
    closeSync(fd)
  }
}

/** Arguments with which ffmpeg and ffprobe read one local file and nothing else. */
export function inputArguments(path: string): string[] {
  const options = Object.entries(onlyFiles).flatMap(([name, value]) => [`-${name}`, value])
  const demuxer = demuxerOf(path)
  return [...options, ...(demuxer ? ["-f", demuxer] : []), "-i", fileUrl(path)]
}
