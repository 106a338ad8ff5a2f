import { closeSync, openSync, readSync } from "node:fs"
import type { PackedFile } from "../item.js"
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

/** The URL of a file, or of one in an archive, for reading. */
export const inputUrl = (path: string, packed?: PackedFile): string =>
  packed
    ? `subfile,,start,${packed.offset},end,${packed.offset + packed.size},,:` +
      fileUrl(packed.archive)
    : fileUrl(path)

/** FFmpeg options for reading one local file and nothing else. */
export const onlyFiles = (packed?: PackedFile) => ({
  protocol_whitelist: packed ? "subfile,file" : "file",
  format_whitelist: formats.join(","),
})

/** FFmpeg's name of a file's format by its first bytes; undefined if FFmpeg has to probe. */
export function demuxerOf(path: string, packed?: PackedFile): string | undefined {
  const fd = openSync(packed?.archive ?? path, "r")
  try {
    const head = Buffer.alloc(kindBytes)
    const read = readSync(fd, head, 0, kindBytes, packed?.offset ?? 0)
    return contentDemuxer(head.subarray(0, read), path)
  } finally {
    closeSync(fd)
  }
}

/** Arguments that make ffmpeg and ffprobe read one local file and nothing else. */
export function inputArguments(path: string, packed?: PackedFile): string[] {
  const options = Object.entries(onlyFiles(packed)).flatMap(([name, value]) => [`-${name}`, value])
  const demuxer = demuxerOf(path, packed)
  return [...options, ...(demuxer ? ["-f", demuxer] : []), "-i", inputUrl(path, packed)]
}
