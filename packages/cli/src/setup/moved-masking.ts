import { existsSync } from "node:fs"
import { TubeletError } from "@tubelet/core"
import { flagName } from "../shell/flag-name.js"
import { isMaskingFile, type MaskChoice } from "./masks.js"

const fields = ["masking", "decoderMasking"] as const

/** Throws where a run's config names a masking's file that was moved, unless another is given. */
export function requireMaskingFiles(config: string, stored: MaskChoice, given: MaskChoice): void {
  for (const field of fields) {
    const file = stored[field]
    if (given[field] !== undefined || file === undefined) continue
    if (!isMaskingFile(file) || existsSync(file)) continue
    throw new TubeletError(
      `${config} says that the run masks with the file ${file}, which is not there`,
      `put it back, or say where it is now: ${flagName(field)} FILE`,
    )
  }
}
