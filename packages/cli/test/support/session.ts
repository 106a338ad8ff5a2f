import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"

/** Starts a command that `commandBundle` built, in the working directory or in `cwd`. */
export const start = (command: string, argv: readonly string[], cwd?: string) =>
  spawn(process.execPath, [command, ...argv], { cwd })

/** The exit code of a command that was started, and all that it prints. */
export async function outcome(child: ChildProcessWithoutNullStreams) {
  const [stdout, stderr] = [heard(child.stdout), heard(child.stderr)]
  await once(child, "close")
  return { code: child.exitCode, output: stdout() + stderr() }
}

/** The exit code of a process, once it has ended; null where a signal ended it. */
export async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
  return child.exitCode
}

/** Collects a stream's output; the returned function gives the text so far. */
export function heard(stream: Readable): () => string {
  let said = ""
  stream.on("data", (text) => {
    said += text
  })
  return () => said
}

/** The steps in the log of a run's folder, but for a line that is still being written. */
export async function stepsOf(run: string): Promise<number[]> {
  const log = await readFile(join(run, "metrics.jsonl"), "utf8").catch(() => "")
  return (log.match(/.+(?=\n)/g) ?? []).map((line) => JSON.parse(line).step)
}

/** Waits until the run in a folder has logged a step after `step`, or has ended. */
export async function logged(child: ChildProcess, run: string, step: number): Promise<void> {
  while (child.exitCode === null && !((await stepsOf(run)).at(-1)! > step)) await sleep(5)
}
