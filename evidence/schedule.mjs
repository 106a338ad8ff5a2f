// Runs units as processes, each with one thread.
import { fork } from "node:child_process"
import { join } from "node:path"
import { resultOf } from "./context.mjs"

const script = join(import.meta.dirname, "arm.mjs")

/**
 * Runs the units, `jobs` at a time. `watch` has `started`, `stepped` and `ended` (awaited), which
 * get the unit. Returns the units that failed, and those that waited for one of them.
 */
export async function runAll(units, context, { jobs, watch }) {
  const waiting = new Set(units)
  const running = new Map()
  const failed = []
  const isReady = ({ after }) => after.every((unit) => resultOf(context, unit))
  for (;;) {
    for (const unit of [...waiting].filter(isReady).slice(0, jobs - running.size)) {
      waiting.delete(unit)
      watch.started(unit)
      running.set(
        unit,
        ended(unit, context, (at) => watch.stepped(unit, at)),
      )
    }
    if (running.size === 0) return { failed, waiting: [...waiting] }
    const { unit, error } = await Promise.race(running.values())
    running.delete(unit)
    if (error) failed.push({ unit, error })
    await watch.ended(unit, error)
  }
}

/** Runs a unit's process to its end: the unit, and what went wrong. */
function ended(unit, { quick }, onStep) {
  const child = fork(script, [unit.arm, String(unit.seed), ...(quick ? ["--quick"] : [])], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text
  })
  child.on("message", onStep)
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      const error = code === 0 ? undefined : said.trim() || `ended with ${signal ?? code}`
      resolve({ unit, error })
    })
  })
}
