import { TubeletError } from "@tubelet/core"
import type { CachedClip } from "../item.js"

/** @throws TubeletError unless a cache's clips have the frames and stride that a recipe needs. */
export function requireFit(
  cached: Pick<CachedClip, "frames" | "stride">,
  { frames, stride }: { readonly frames: number; readonly stride: number },
): void {
  if (frames === 1 || (frames === cached.frames && stride === cached.stride)) return
  throw new TubeletError(
    `the cache contains clips of ${cached.frames} frames at stride ${cached.stride}, ` +
      `not of ${frames} at stride ${stride}`,
    "use the settings of the cache, or write one with yours",
  )
}
