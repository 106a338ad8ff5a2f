const pictures = new Set(".jpg .jpeg .jfif .png .webp .avif .bmp .tif .tiff".split(" "))
const videos = new Set(
  (
    ".mp4 .m4v .mov .qt .webm .mkv .avi .divx .gif .ts .mts .m2ts .mpg .mpeg .vob .flv .f4v .wmv " +
    ".asf .3gp .3g2 .ogv .mjpeg .mjpg .h264 .264 .avc .h265 .265 .hevc .m1v .m2v .ivf .obu"
  ).split(" "),
)

/** The extension, without Node's modules, so that pages can use it. */
const kindOf = (path: string) => /[^/\\](\.[^./\\]*)$/.exec(path)?.[1].toLowerCase() ?? ""

/** Whether a file name has a picture's extension. */
export const isPicture = (path: string) => pictures.has(kindOf(path))
/** Whether a file name has a video's extension; GIF counts as video. */
export const isVideo = (path: string) => videos.has(kindOf(path))
/** Whether a file name has the extension of a picture or a video. */
export const isMedia = (path: string) => isPicture(path) || isVideo(path)

/** Number of bytes that `contentKind` looks at. */
export const kindBytes = 16

const pictureStarts = ["\xff\xd8\xff", "\x89PNG", "II*\0", "MM\0*"]
/** Magic bytes of videos, and FFmpeg's names of the formats. */
const videoStarts: Readonly<Record<string, string>> = {
  "\x1aE\xdf\xa3": "matroska",
  GIF8: "gif",
  FLV: "flv",
  OggS: "ogg",
  "0&\xb2u": "asf",
  "\0\0\x01\xba": "mpeg",
  BM: "bmp_pipe",
}
/** MP4 brands for pictures. */
const pictureBrands = ["avif", "avis", "mif1", "heic"]

/**
 * The kind of a file by its first bytes, not its name; `still` means sharp reads it. Undefined if
 * they are inconclusive. MJPEG starts like a JPEG, so there the name decides.
 */
export function contentKind(head: Buffer, path: string): "still" | "video" | undefined {
  const text = head.toString("latin1")
  const [box, form] = [text.slice(4, 8), text.slice(8, 12)]
  if (box === "ftyp") return pictureBrands.includes(form) ? "still" : "video"
  if (text.startsWith("RIFF")) return form === "WEBP" ? "still" : "video"
  if (streamStart(text)) return "video"
  if (!pictureStarts.some((start) => text.startsWith(start))) return undefined
  return kindOf(path).startsWith(".mj") ? "video" : "still"
}

const streamStart = (text: string) =>
  Object.keys(videoStarts).find((start) => text.startsWith(start))

/** FFmpeg's name of a video's format, if its first bytes are unambiguous. */
export function contentDemuxer(head: Buffer, path: string): string | undefined {
  if (contentKind(head, path) !== "video") return undefined
  const text = head.toString("latin1")
  if (text.slice(4, 8) === "ftyp") return "mov"
  if (text.startsWith("RIFF")) return text.slice(8, 12) === "AVI " ? "avi" : undefined
  const start = streamStart(text)
  // Two letters are weak evidence: a video may start with them too.
  if (start === undefined || (start === "BM" && !isPicture(path))) return undefined
  return videoStarts[start]
}
