import { TubeletError } from "@tubelet/core"

/** Looks at a file's first bytes, a character each. */
type Sign = (start: string) => boolean

/** A well-known kind of file that is often given in a checkpoint's place. */
interface OtherKind {
  readonly what: string
  readonly advice: string
  /** Any of them tells. */
  readonly signs: readonly Sign[]
}

/** One of these bytes at an offset, as the format lays them down. */
const at =
  (offset: number, ...marks: readonly string[]): Sign =>
  (start) =>
    marks.some((mark) => start.startsWith(mark, offset))

const text =
  (pattern: RegExp): Sign =>
  (start) =>
    pattern.test(start)

/** The format's version, then the producer, its version, the graph or the operator sets. */
const onnx: Sign = (start) =>
  start[0] === "\x08" && start[1] > "\0" && start[1] < " " && "\x12\x1a\x3aB".includes(start[2])

const weights = "give a .safetensors or .pth file, or a folder that holds one"
const inputs = "give the checkpoint here, and this file as the input"

const kinds: readonly OtherKind[] = [
  {
    what: "a git-LFS pointer, a few lines of text that stand for the file",
    advice: "run git lfs pull in its repository, or fetch the file itself",
    signs: [at(0, "version https://git-lfs")],
  },
  {
    what: "an HTML page, as sites send where a file needs a login or is at another address",
    advice: "fetch the file itself: on the hub its address has /resolve/, not /blob/",
    signs: [text(/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|\?xml)/i)],
  },
  {
    what: "an ONNX model, which runs but is not read back",
    advice: "give the checkpoint that it was exported from: .safetensors, .pth or a folder",
    signs: [onnx],
  },
  {
    what: "a GGUF file, as llama.cpp reads them",
    advice: "give the model that it was made from: .safetensors, .pth or a folder",
    signs: [at(0, "GGUF")],
  },
  {
    what: "an HDF5 file, as Keras writes them",
    advice: "load it where it was written and save its weights as safetensors",
    signs: [at(0, "\x89HDF\r\n")],
  },
  { what: "a NumPy array", advice: weights, signs: [at(0, "\x93NUMPY")] },
  { what: "a PDF document", advice: weights, signs: [at(0, "%PDF-")] },
  {
    what: "a picture",
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
    what: "a packed archive",
    advice: "unpack it: the checkpoint may lie inside",
    signs: [
      at(0, "\x1f\x8b", "BZh", "\xfd7zXZ", "7z\xbc\xaf", "(\xb5/\xfd", "Rar!"),
      at(257, "ustar"),
    ],
  },
  {
    what: "a JSON file",
    advice: "give the weights beside it, or the folder that holds both",
    signs: [text(/^\s*[{[]/)],
  },
]

/** As many of a file's first bytes as any sign needs. */
export const tellingBytes = 264

/** Throws where a file's first bytes show that it is no safetensors, and says what it is. */
export function refuseOtherFile(bytes: Uint8Array, file: string): void {
  const start = String.fromCharCode(...bytes)
  // A safetensors file's header is below 2^32 bytes: four of any kind, four zeros, a brace.
  if (start.startsWith("\0\0\0\0{", 4)) return
  const kind = kinds.find(({ signs }) => signs.some((sign) => sign(start)))
  if (kind) throw new TubeletError(`${file} is no checkpoint but ${kind.what}`, kind.advice)
  // What is shorter, or has a brace, may be one that is damaged: its reader says how.
  if (start.length > 8 && start[8] !== "{") {
    throw new TubeletError(
      `${file} is no checkpoint: it begins neither as safetensors nor as PyTorch's files do`,
      weights,
    )
  }
}
