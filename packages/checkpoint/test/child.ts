import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** Starts a script of this folder, and waits until it listens. */
export async function startChild(script: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)))
  await once(child, "message")
  return child
}

export async function ask(child: ChildProcess, message: string | object): Promise<string> {
  const reply = once(child, "message")
  child.send(message)
  return (await reply)[0]
}

export async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit")
  child.kill("SIGKILL")
  await exit
}
