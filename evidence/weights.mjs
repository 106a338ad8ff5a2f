import { existsSync } from "node:fs"
import { join } from "node:path"
import { openSafetensors, readFloats, writeSafetensors } from "@tubelet/checkpoint"
import { pretrained } from "./learn.mjs"
import { arms } from "./protocol.mjs"

/**
 * An arm's pre-trained weights, the losses and CPU seconds of pre-training. It is run only once:
 * the same seed gives the same weights, so they need not be kept with the results.
 */
export async function pretrainedWeights(name, context) {
  const path = join(context.cache, `${name}-${context.seed}.safetensors`)
  if (existsSync(path)) {
    const { metadata, close } = await openSafetensors(path)
    await close()
    return { weights: await readFloats(path), ...JSON.parse(metadata.figures) }
  }
  const { weights, ...figures } = await pretrained(arms[name], context)
  await writeFloats(path, weights, { figures: JSON.stringify(figures) })
  return { weights, ...figures }
}

/** Writes arrays as flat tensors. */
export const writeFloats = (path, arrays, metadata) =>
  writeSafetensors(
    path,
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensorOf(array)])),
    metadata,
  )

const dtypes = { Float32Array: "F32", Int32Array: "I32", Uint8Array: "U8" }

const tensorOf = (array, shape = [array.length]) => ({
  dtype: dtypes[array.constructor.name],
  shape,
  bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
})
