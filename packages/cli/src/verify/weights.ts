import type { Tensors } from "./set.js"

/** A file's tensors as plain f32 weights. */
export const floatsOf = (tensors: Tensors): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [
      name,
      data instanceof Float32Array ? data : Float32Array.from(data),
    ]),
  )
