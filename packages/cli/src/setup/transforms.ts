import { resolve } from "node:path"
import type { Transform } from "@tubelet/video"

/** A list of transforms with that of a file: where the clips are last bytes, before `normalise`. */
export function withTransform(
  transforms: readonly Transform[],
  file: string | undefined,
): readonly Transform[] {
  if (file === undefined) return transforms
  const last = transforms.indexOf("normalise")
  const at = last < 0 ? transforms.length : last
  return [...transforms.slice(0, at), { module: resolve(file) }, ...transforms.slice(at)]
}
