import { TubeletError } from "@tubelet/core"
import type { ByteSource } from "../files/source.js"
import { readLegacyForm } from "./legacy-form.js"
import { readZipForm } from "./zip-form.js"

/** PyTorch's file formats: zip since 1.6. */
export type PthForm = "zip" | "legacy"

/** The format shown by a file's first bytes; undefined if it is not a PyTorch file. */
export function pthForm(start: Uint8Array): PthForm | undefined {
  const [a, b, c, d] = start
  if (a === 0x50 && b === 0x4b && c === 3 && d === 4) return "zip"
  return a === 0x80 && b !== undefined && b >= 2 && b <= 5 ? "legacy" : undefined
}

/**
 * The object that `torch.save` wrote: dictionaries as Maps, lists and tuples as arrays, tensors to
 * be read on demand. Nothing in the file is executed; globals outside the allowlist are errors.
 */
export async function readPth(source: ByteSource): Promise<unknown> {
  const form = pthForm(await source.read(0, Math.min(4, source.size)))
  if (form === "zip") return readZipForm(source)
  if (form === "legacy") return readLegacyForm(source)
  throw new TubeletError(
    `${source.name} is not a PyTorch checkpoint: its first bytes match neither format`,
    "download it again, or pass a .pth, .pt, .bin or .safetensors file",
  )
}
