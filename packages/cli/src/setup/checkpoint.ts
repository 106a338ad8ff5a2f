import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { openSafetensors } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import type { PretrainModel } from "@tubelet/models"
import { UsageError } from "../shell/errors.js"

/** The weights file of a run's folder (its newest checkpoint), a checkpoint's folder, or a file. */
export async function weightsFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new UsageError(`${path}: no such checkpoint`, "give a run's folder or a file")
  if (!found.isDirectory()) return path
  const names = await readdir(path)
  if (names.includes("model.safetensors")) return join(path, "model.safetensors")
  const newest = names
    .filter((name) => /^checkpoint-\d+$/.test(name))
    .sort((a, b) => Number(a.slice(11)) - Number(b.slice(11)))
    .at(-1)
  if (newest) return join(path, newest, "model.safetensors")
  throw new UsageError(
    `${path} holds no checkpoint`,
    "give a run's folder (with checkpoint-...), a checkpoint's folder or its model.safetensors",
  )
}

/** Reads a model's weights from a file; any name or shape that does not fit is an error. */
export async function readWeights(
  path: string,
  model: PretrainModel,
): Promise<Record<string, Float32Array>> {
  const file = await openSafetensors(path)
  try {
    requireNames(path, file.names, Object.keys(model.specs))
    const weights: Record<string, Float32Array> = {}
    for (const [name, { shape }] of Object.entries(model.specs)) {
      if (String(file.shape(name)) !== String(shape)) {
        throw new TubeletError(
          `${path} holds ${name} as [${file.shape(name)}], the model needs [${shape}]`,
          "give the --model, --size and --target that it was trained with",
        )
      }
      weights[name] = await file.floats(name)
    }
    return weights
  } finally {
    await file.close()
  }
}

function requireNames(path: string, held: readonly string[], needed: readonly string[]): void {
  const missing = needed.filter((name) => !held.includes(name))
  const unexpected = held.filter((name) => !needed.includes(name))
  const [what, which] =
    missing.length > 0 ? ["are missing", missing] : ["do not belong to it", unexpected]
  if (which.length === 0) return
  throw new TubeletError(
    `${path} does not fit the model: ${which.length} tensors ${what} (${which[0]})`,
    "give the --model that it was trained as, or another checkpoint",
  )
}

/** Throws where a file holds an encoder only: it takes a decoder to paint what is hidden. */
export async function requireDecoder(path: string): Promise<void> {
  const file = await openSafetensors(path)
  const hasDecoder = file.names.some((name) => /^(model\.|module\.)?decoder/.test(name))
  await file.close()
  if (hasDecoder) return
  throw new TubeletError(
    `${path} holds an encoder only: it cannot reconstruct, because it takes the decoder of ` +
      "pre-training to paint what was hidden, and published encoders come without it",
    "give a checkpoint as tubelet pretrain saves it, or a full one of the authors",
  )
}
