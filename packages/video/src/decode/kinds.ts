const PICTURES = new Set(".jpg .jpeg .jfif .png .webp .avif .bmp .tif .tiff".split(" "))
const VIDEOS = new Set(
  (
    ".mp4 .m4v .mov .qt .webm .mkv .avi .divx .gif .ts .mts .m2ts .mpg .mpeg .vob .flv .f4v .wmv " +
    ".asf .3gp .3g2 .ogv .mjpeg .mjpg"
  ).split(" "),
)

/** The extension; with no module of Node, so that pages have it too. */
const kindOf = (path: string) => /[^/\\](\.[^./\\]*)$/.exec(path)?.[1].toLowerCase() ?? ""

/** Whether a name says that the file is a picture. */
export const isPicture = (path: string) => PICTURES.has(kindOf(path))
/** Whether a name says that the file is a video; GIF counts as one. */
export const isVideo = (path: string) => VIDEOS.has(kindOf(path))

/** As many bytes as `contentKind` looks at. */
export const KIND_BYTES = 16

const STILLS = ["\xff\xd8\xff", "\x89PNG", "II*\0", "MM\0*"]
const STREAMS = ["\x1aE\xdf\xa3", "GIF8", "FLV", "OggS", "0&\xb2u", "BM", "\0\0\x01\xba"]
/** Brands of the MP4 family that hold pictures. */
const PICTURE_BRANDS = ["avif", "avis", "mif1", "heic"]

/**
 * What a file's first bytes say it is, whatever its name: `still` is what sharp reads. Undefined
 * where they say nothing. A stream of JPEGs begins as a JPEG does, so its name decides.
 */
export function contentKind(head: Buffer, path: string): "still" | "video" | undefined {
  const text = head.toString("latin1")
  const [box, form] = [text.slice(4, 8), text.slice(8, 12)]
  if (box === "ftyp") return PICTURE_BRANDS.includes(form) ? "still" : "video"
  if (text.startsWith("RIFF")) return form === "WEBP" ? "still" : "video"
  if (STREAMS.some((start) => text.startsWith(start))) return "video"
  if (!STILLS.some((start) => text.startsWith(start))) return undefined
  return kindOf(path).startsWith(".mj") ? "video" : "still"
}
