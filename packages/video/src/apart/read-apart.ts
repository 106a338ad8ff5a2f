import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { TubeletError } from "@tubelet/core"
import type { ClipAtOptions, readClipAt } from "../clip/read.js"
import type { ClipItem } from "../dataset/item.js"
import { MediaError } from "../decode/errors.js"
import { machineError } from "../decode/machine.js"

type ReadClip = Awaited<ReturnType<typeof readClipAt>>

/** What the child is asked, and what it answers. */
export interface ClipRequest {
  readonly item: ClipItem
  readonly options: ClipAtOptions
}
export type ClipReply =
  | { readonly clip: ReadClip }
  | { readonly problem: string; readonly advice?: string }

/**
 * Reads a clip as `readClipAt` does, in a process of its own: a file on which the decoder crashes
 * or never ends is an error that names it, not the end of the program.
 */
export function readClipApart(
  item: ClipItem,
  options: ClipAtOptions,
  timeoutSeconds = 60,
): Promise<ReadClip> {
  const { script, args } = entry()
  const child = fork(fileURLToPath(script), args, {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  const bad = (problem: string) =>
    new MediaError(item.path, problem, "The file is damaged: copy or encode it again.")
  const answer = new Promise<ReadClip>((resolve, reject) => {
    child.on("message", (reply: ClipReply) => {
      if ("clip" in reply) resolve(reply.clip)
      else reject(new TubeletError(reply.problem, reply.advice))
    })
    child.on("error", (error) => reject(machineError(error) ?? error))
    child.on("exit", (code, signal) => {
      reject(bad(`the decoder's process ended (${signal ?? `exit code ${code}`})`))
    })
    const late = () => reject(bad(`no frames within ${timeoutSeconds} s`))
    setTimeout(late, 1000 * timeoutSeconds).unref()
    // Where there are too many open files, it has no channel: the error comes later.
    if (!child.connected) return
    child.send({ item, options } satisfies ClipRequest, (error) => error && reject(error))
  })
  return answer.finally(() => child.kill("SIGKILL"))
}

/** Beside this module once built; from the sources a starter outside `src` compiles it. */
function entry(): { script: URL; args: string[] } {
  const fromSource = import.meta.url.endsWith(".ts")
  if (!fromSource) return { script: new URL("./clip-worker.js", import.meta.url), args: [] }
  const starter = new URL("../../scripts/worker-from-source.mjs", import.meta.url)
  return { script: starter, args: ["clip-worker"] }
}
