import { sizeOf } from "@tubelet/core"
import { replaceFile } from "@tubelet/core/files"
import {
  type Code,
  called,
  dictionary,
  global,
  no,
  ordered,
  persistent,
  pickle,
  text,
  tuple,
  whole,
} from "../pickle/write.js"
import {
  bytesOf,
  type ElementType,
  fetchBytes,
  type TensorSource,
  type TensorSources,
} from "../tensor.js"
import { type ZipContent, zipPieces } from "../zip/write.js"
import { storageTypes, torchTypes } from "./storage.js"

/**
 * Writes `{"model": OrderedDict}` as `torch.save` does: `torch.load(path, weights_only=True)` gives
 * the state dict. One tensor at a time is in memory, and `path` is replaced atomically.
 */
export async function writePth(path: string, tensors: TensorSources): Promise<void> {
  await replaceFile(path, async (append) => {
    for await (const piece of zipPieces(contents(tensors))) await append(piece)
  })
}

/** The same file as bytes in memory. */
export async function encodePth(tensors: TensorSources): Promise<Uint8Array<ArrayBuffer>> {
  const parts: BlobPart[] = []
  for await (const piece of zipPieces(contents(tensors))) parts.push(piece as BlobPart)
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

/** Every entry of the zip file. */
export function contents(tensors: TensorSources): ZipContent[] {
  const named = Object.entries(tensors)
  const state = named.map(([name, tensor], i) => [name, tensorCode(tensor, String(i))] as const)
  const object = pickle(dictionary([["model", ordered(state)]]))
  const storages = named.map(([name, tensor], i) => ({
    name: `archive/data/${i}`,
    size: bytesOf(tensor.dtype, tensor.shape),
    bytes: () => fetchBytes(name, tensor),
  }))
  return [
    { name: "archive/data.pkl", size: object.length, bytes: object },
    line("archive/byteorder", "little"),
    ...storages,
    line("archive/version", "3\n"),
  ]
}

function line(name: string, value: string): ZipContent {
  const bytes = new TextEncoder().encode(value)
  return { name, size: bytes.length, bytes }
}

const keyOf = (table: Readonly<Record<string, ElementType | undefined>>, dtype: ElementType) =>
  Object.keys(table).find((name) => table[name] === dtype)

/** A tensor on its own storage, which is untyped if the type has no storage class. */
function tensorCode({ dtype, shape }: TensorSource, key: string): Code {
  const typed = keyOf(storageTypes, dtype)
  const type = typed ? global("torch", typed) : global("torch.storage", "UntypedStorage")
  const count = typed ? sizeOf(shape) : bytesOf(dtype, shape)
  const storage = persistent(tuple(text("storage"), type, text(key), text("cpu"), whole(count)))
  const sizes = tuple(...shape.map(whole))
  const view = [storage, whole(0), sizes, tuple(...strides(shape).map(whole)), no, ordered([])]
  const [version, more] = typed ? ["v2", []] : ["v3", [global("torch", keyOf(torchTypes, dtype)!)]]
  return called(global("torch._utils", `_rebuild_tensor_${version}`), tuple(...view, ...more))
}

const strides = (shape: readonly number[]): number[] =>
  shape.map((_, i) => shape.slice(i + 1).reduce((n, d) => n * Math.max(d, 1), 1))
