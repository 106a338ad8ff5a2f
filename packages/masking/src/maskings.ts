import { TubeletError } from "@tubelet/core"
import { block } from "./block.js"
import { frame } from "./frame.js"
import { random, randomVideo } from "./random.js"
import { runningCell } from "./running-cell.js"
import type { Masking } from "./strategy.js"
import { tube } from "./tube.js"

export type MaskingName = "random" | "random-video" | "tube" | "frame" | "block" | "running-cell"

/** The built-in strategies by name. */
export const maskings: Readonly<Record<MaskingName, Masking>> = {
  random,
  "random-video": randomVideo,
  tube,
  frame,
  block,
  "running-cell": runningCell,
}

/** A built-in strategy. Throws for an unknown name and lists the known ones. */
export function maskingNamed(name: string): Masking {
  const found = Object.values(maskings).find((masking) => plain(masking.name) === plain(name))
  if (found) return found
  throw new TubeletError(
    `unknown masking strategy "${name}"`,
    `choose one of ${Object.keys(maskings).join(", ")}, or a file that exports a custom one`,
  )
}

/** The authors write running_cell, users may write runningCell: accept both. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")
