import { TubeletError } from "@tubelet/core"
import type { ListedClip } from "./kind.js"

/** Throws if a split has a clip with two labels. */
export function requireOneLabel(clips: readonly ListedClip[], source: string): void {
  const labels = new Map<string, ListedClip["label"]>()
  for (const { path, split = "", seconds, frames, label } of clips) {
    const key = JSON.stringify([split, path, seconds, frames])
    if (labels.has(key) && labels.get(key) !== label) {
      throw new TubeletError(
        `${source}: ${path} has the labels ${labels.get(key)} and ${label}`,
        "multi-label data sets are not supported: keep one label for each clip",
      )
    }
    labels.set(key, label)
  }
}
