import { TubeletError } from "@tubelet/core"
import type { ClipReply, ClipRequest } from "./apart/read-apart.js"
import { readClipAt } from "./clip/read.js"
import { machineError } from "./decode/machine.js"
import { outliveSignals } from "./loader/signals.js"

// The entry of a child process that reads one clip for its parent.

outliveSignals()
process.once("message", async ({ item, options }: ClipRequest) => {
  const reply = await readClipAt(item, options).then((clip) => ({ clip }), problemOf)
  process.send?.(reply satisfies ClipReply)
})
process.on("disconnect", () => process.exit())

function problemOf(cause: Error): ClipReply {
  const error = machineError(cause) ?? cause
  if (!(error instanceof TubeletError)) return { problem: error.message }
  const { problem, advice } = error
  return { problem, ...(advice !== undefined && { advice }) }
}
