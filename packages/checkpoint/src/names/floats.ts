import { detect } from "./detect.js"
import { fromHuggingFaceNames } from "./schemes.js"

type Floats = Readonly<Record<string, Float32Array>>

/** Renames in-memory weights of a Hugging Face VideoMAE to the authors' names. */
export function fromHuggingFace(weights: Floats): Record<string, Float32Array> {
  const names = Object.keys(weights)
  const { contents } = detect({ names, shape: () => [] })
  const renamed = fromHuggingFaceNames(names, { naming: "huggingface", video: true, contents })
  return Object.fromEntries(
    renamed.map(({ name, pieces }) => [name, stacked(pieces.map(({ from }) => weights[from]))]),
  )
}

function stacked(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
