import { type Spec, sizeOf, TubeletError } from "@tubelet/core"
import type { Named } from "../step/named.js"

/** Throws unless `weights` are exactly the tensors of `specs`. */
export function requireWeights(specs: Named<Spec>, weights: Named<Float32Array>): void {
  const missing = Object.keys(specs).filter((name) => !(name in weights))
  const unexpected = Object.keys(weights).filter((name) => !(name in specs))
  if (missing.length + unexpected.length > 0) {
    const wrong = listed("missing", missing) + listed("unexpected", unexpected)
    throw new TubeletError(
      `these weights do not fit the model: ${wrong}`,
      "pass weights of the same model family and size",
    )
  }
  for (const [name, spec] of Object.entries(specs)) requireSize(name, spec, weights[name])
}

export function requireSize(name: string, { shape }: Spec, weight: Float32Array): void {
  if (weight.length === sizeOf(shape)) return
  throw new TubeletError(
    `weight "${name}" has ${weight.length} elements, but the model needs [${shape}]`,
    "pass weights of the same model family and size",
  )
}

const listed = (what: string, names: readonly string[]): string =>
  names.length === 0 ? "" : `${names.length} ${what} (${names.slice(0, 3).join(", ")}...) `
