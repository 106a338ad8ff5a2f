import { existsSync } from "node:fs"
import { TubeletError } from "@tubelet/core"
import type { MaskChoice } from "../flags/mask.js"
import { flagName } from "../shell/flag-name.js"
import { isMaskingFile } from "./masks.js"

const fields = ["masking", "decoderMasking"] as const

/** Throws if the masking file of a run was moved, and no other is given. */
export function requireMaskingFiles(config: string, stored: MaskChoice, given: MaskChoice): void {
  for (const field of fields) {
    const file = stored[field]
    if (given[field] !== undefined || file === undefined) continue
    if (!isMaskingFile(file) || existsSync(file)) continue
    throw new TubeletError(
      `${config} names the masking file ${file}, which does not exist`,
      `put it back, or set its new path: ${flagName(field)} FILE`,
    )
  }
}
