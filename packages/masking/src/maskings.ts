import { TubeletError } from "@tubelet/core"
import { block } from "./block.js"
import { frame } from "./frame.js"
import { random, randomVideo } from "./random.js"
import { runningCell } from "./running-cell.js"
import type { Masking } from "./strategy.js"
import { tube } from "./tube.js"

export type MaskingName = "random" | "random-video" | "tube" | "frame" | "block" | "running-cell"

/** Every built-in strategy by its name. */
export const maskings: Readonly<Record<MaskingName, Masking>> = {
  random,
  "random-video": randomVideo,
  tube,
  frame,
  block,
  "running-cell": runningCell,
}

/** A built-in strategy; an unknown name is an error that lists the known ones. */
export function maskingNamed(name: string): Masking {
  const found = Object.values(maskings).find((masking) => plain(masking.name) === plain(name))
  if (found) return found
  throw new TubeletError(
    `there is no masking "${name}"`,
    `choose one of ${Object.keys(maskings).join(", ")}, or a file that exports one of your own`,
  )
}

/** The authors write running_cell, users runningCell: spelling is no reason to refuse. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")
