import { TubeletError } from "@tubelet/core"
import { machineError } from "../decode/machine.js"

/** Why a clip is bad. Throws the error if the clip is not to blame and others would fail too. */
export function badClipReason(error: unknown): string {
  const trouble = machineError(error)
  if (trouble) throw trouble
  if (error instanceof TubeletError && !("path" in error)) throw error
  return (error as Error).message
}
