import { TubeletError } from "@tubelet/core"
import type { ByteSource } from "../files/source.js"
import { readLegacyForm } from "./legacy-form.js"
import { readZipForm } from "./zip-form.js"

/** The forms that PyTorch has written: zip since 1.6. */
export type PthForm = "zip" | "legacy"

/** The form that a file's first bytes show; undefined where it is no PyTorch file. */
export function pthForm(start: Uint8Array): PthForm | undefined {
  const [a, b, c, d] = start
  if (a === 0x50 && b === 0x4b && c === 3 && d === 4) return "zip"
  return a === 0x80 && b !== undefined && b >= 2 && b <= 5 ? "legacy" : undefined
}

/**
 * The object that `torch.save` wrote: dictionaries as maps, lists and tuples as arrays, tensors to
 * be read later. Nothing in the file is executed; what is not in the closed list is refused.
 */
export async function readPth(source: ByteSource): Promise<unknown> {
  const form = pthForm(await source.read(0, Math.min(4, source.size)))
  if (form === "zip") return readZipForm(source)
  if (form === "legacy") return readLegacyForm(source)
  throw new TubeletError(
    `${source.name} is no PyTorch checkpoint: it begins as neither of the two forms do`,
    "fetch it again, or give a .pth, .pt, .bin or .safetensors file",
  )
}
