const pictures = new Set(".jpg .jpeg .jfif .png .webp .avif .bmp .tif .tiff".split(" "))
const videos = new Set(
  (
    ".mp4 .m4v .mov .qt .webm .mkv .avi .divx .gif .ts .mts .m2ts .mpg .mpeg .vob .flv .f4v .wmv " +
    ".asf .3gp .3g2 .ogv .mjpeg .mjpg .h264 .264 .avc .h265 .265 .hevc .m1v .m2v .ivf .obu"
  ).split(" "),
)

/** The extension; with no module of Node, so that pages have it too. */
const kindOf = (path: string) => /[^/\\](\.[^./\\]*)$/.exec(path)?.[1].toLowerCase() ?? ""

/** Whether a name says that the file is a picture. */
export const isPicture = (path: string) => pictures.has(kindOf(path))
/** Whether a name says that the file is a video; GIF counts as one. */
export const isVideo = (path: string) => videos.has(kindOf(path))

/** As many bytes as `contentKind` looks at. */
export const kindBytes = 16

const pictureStarts = ["\xff\xd8\xff", "\x89PNG", "II*\0", "MM\0*"]
/** How videos begin, and FFmpeg's names of their formats. */
const videoStarts: Readonly<Record<string, string>> = {
  "\x1aE\xdf\xa3": "matroska",
  GIF8: "gif",
  FLV: "flv",
  OggS: "ogg",
  "0&\xb2u": "asf",
  "\0\0\x01\xba": "mpeg",
  BM: "bmp_pipe",
}
/** Brands of the MP4 family that hold pictures. */
const pictureBrands = ["avif", "avis", "mif1", "heic"]

/**
 * What a file's first bytes say it is, whatever its name: `still` is what sharp reads. Undefined
 * where they say nothing. A stream of JPEGs begins as a JPEG does, so its name decides.
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

/** FFmpeg's name of a video's format, where its first bytes leave no doubt, whatever its name. */
export function contentDemuxer(head: Buffer, path: string): string | undefined {
  if (contentKind(head, path) !== "video") return undefined
  const text = head.toString("latin1")
  if (text.slice(4, 8) === "ftyp") return "mov"
  if (text.startsWith("RIFF")) return text.slice(8, 12) === "AVI " ? "avi" : undefined
  const start = streamStart(text)
  // Two letters are little, and a video may begin with them as well.
  if (start === undefined || (start === "BM" && !isPicture(path))) return undefined
  return videoStarts[start]
}
