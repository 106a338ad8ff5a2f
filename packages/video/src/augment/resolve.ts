import { TubeletError } from "@tubelet/core"
import { loadTransform } from "./custom.js"
import { kinds, type Transform, type TransformName } from "./kinds.js"
import type { Transformer, TransformKind } from "./transform.js"

/** The transforms that plain data describes. Loads custom modules. */
export const transformersOf = (transforms: readonly Transform[]): Promise<Transformer[]> =>
  Promise.all(transforms.map(transformerOf))

function transformerOf(transform: Transform): Transformer | Promise<Transformer> {
  if (typeof transform === "string") return madeOf(transform, {})
  if ("module" in transform) return loadTransform(transform)
  const { name, ...options } = transform
  return madeOf(name, options)
}

/** @throws TubeletError for an unknown name or option. */
function madeOf(name: TransformName, options: object): Transformer {
  if (!Object.hasOwn(kinds, name)) throw unknown("transform", name, Object.keys(kinds))
  const { defaults, make } = kinds[name] as TransformKind<object>
  const odd = Object.keys(options).find((option) => !Object.hasOwn(defaults, option))
  if (odd !== undefined) throw unknown(`option of "${name}"`, odd, Object.keys(defaults))
  return make({ ...defaults, ...options })
}

const unknown = (what: string, name: string, known: readonly string[]) =>
  new TubeletError(
    `unknown ${what}: ${name}`,
    known.length > 0 ? `choose from ${known.join(", ")}` : "it has no options",
  )
