import { TubeletError } from "@tubelet/core"
import type { CachedClip } from "../dataset/item.js"

/** Throws where clips of a cache are not what a recipe asks for. */
export function requireFit(
  cached: Pick<CachedClip, "frames" | "stride">,
  { frames, stride }: { readonly frames: number; readonly stride: number },
): void {
  if (frames === 1 || (frames === cached.frames && stride === cached.stride)) return
  throw new TubeletError(
    `the cache holds clips of ${cached.frames} frames at stride ${cached.stride}, ` +
      `not of ${frames} at stride ${stride}`,
    "Use these numbers, or make a cache with yours.",
  )
}
