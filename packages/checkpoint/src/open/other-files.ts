import { TubeletError } from "@tubelet/core"

/** Tests a file's first bytes, as one character each. */
type Sign = (start: string) => boolean

/** A well-known kind of file that is often mistaken for a checkpoint. */
interface OtherKind {
  readonly what: string
  readonly advice: string
  /** One match is enough. */
  readonly signs: readonly Sign[]
}

/** One of these magic numbers at an offset. */
const at =
  (offset: number, ...marks: readonly string[]): Sign =>
  (start) =>
    marks.some((mark) => start.startsWith(mark, offset))

const text =
  (pattern: RegExp): Sign =>
  (start) =>
    pattern.test(start)

/** The IR version, then the producer, its version, the graph or the opsets. */
const onnx: Sign = (start) =>
  start[0] === "\x08" && start[1] > "\0" && start[1] < " " && "\x12\x1a\x3aB".includes(start[2])

const weights = "pass a .safetensors or .pth file, or a folder that contains one"
const inputs = "pass the checkpoint here, and this file as the input"

const kinds: readonly OtherKind[] = [
  {
    what: "a Git LFS pointer, not the file itself",
    advice: "run git lfs pull in its repository, or download the file itself",
    signs: [at(0, "version https://git-lfs")],
  },
  {
    what: "an HTML page, often returned for a wrong address or without a login",
    advice: "download the file itself: on the hub its address has /resolve/, not /blob/",
    signs: [text(/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|\?xml)/i)],
  },
  {
    what: "an ONNX model, which cannot be loaded as a checkpoint",
    advice: "pass the checkpoint it was exported from: .safetensors, .pth or a folder",
    signs: [onnx],
  },
  {
    what: "a GGUF file (llama.cpp)",
    advice: "pass the model it was converted from: .safetensors, .pth or a folder",
    signs: [at(0, "GGUF")],
  },
  {
    what: "an HDF5 file (Keras)",
    advice: "load it in the framework that wrote it and save its weights as safetensors",
    signs: [at(0, "\x89HDF\r\n")],
  },
  { what: "a NumPy array", advice: weights, signs: [at(0, "\x93NUMPY")] },
  { what: "a PDF document", advice: weights, signs: [at(0, "%PDF-")] },
  {
    what: "an image",
    advice: inputs,
    signs: [
      at(0, "\x89PNG", "\xff\xd8\xff", "GIF8", "II*\0", "MM\0*"),
      at(4, "ftypavif", "ftypavis", "ftypheic", "ftypmif1"),
      text(/^RIFF.{4}WEBP/s),
    ],
  },
  {
    what: "a video",
    advice: inputs,
    signs: [
      at(0, "\x1aE\xdf\xa3", "FLV\x01", "\0\0\x01\xb3", "\0\0\x01\xba", "0&\xb2u"),
      at(4, "ftyp", "moov", "mdat"),
      text(/^(RIFF.{4}AVI |G.{187}G)/s),
    ],
  },
  {
    what: "an archive",
    advice: "unpack it: the checkpoint may be inside",
    signs: [
      at(0, "\x1f\x8b", "BZh", "\xfd7zXZ", "7z\xbc\xaf", "(\xb5/\xfd", "Rar!"),
      at(257, "ustar"),
    ],
  },
  {
    what: "a JSON file",
    advice: "pass the weights next to it, or the folder that contains both",
    signs: [text(/^\s*[{[]/)],
  },
]

/** Number of a file's first bytes that the signs need. */
export const tellingBytes = 264

/** @throws TubeletError naming the kind of a file whose first bytes are not safetensors. */
export function refuseOtherFile(bytes: Uint8Array, file: string): void {
  const start = String.fromCharCode(...bytes)
  // A safetensors header is shorter than 2^32 bytes: any four bytes, four zeros, then a brace.
  if (start.startsWith("\0\0\0\0{", 4)) return
  const kind = kinds.find(({ signs }) => signs.some((sign) => sign(start)))
  if (kind) throw new TubeletError(`${file} is not a checkpoint but ${kind.what}`, kind.advice)
  // A shorter file, or one with a brace, may be damaged safetensors: its reader says how.
  if (start.length > 8 && start[8] !== "{") {
    throw new TubeletError(
      `${file} is not a checkpoint: its first bytes are neither safetensors' nor PyTorch's`,
      weights,
    )
  }
}
