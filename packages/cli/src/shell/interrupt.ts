import { constants } from "node:os"
import { isatty } from "node:tty"
import { systemReason } from "@tubelet/core/files"
import type { Output, Streams } from "./output.js"

/** Why a command ends early, with the exit code. */
export class Interruption extends Error {
  override name = "Interruption"

  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message)
  }
}

/** The exit code of a command that its signal stopped. */
export const interruptedCode = ({ reason }: AbortSignal): number => (reason as Interruption).code

/** Signals that end a process and can be caught. Windows sends SIGHUP when its window closes. */
const signals = [
  ...(["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const),
  ...(["SIGUSR2", "SIGXCPU", "SIGBREAK"] as const),
]

/** The exit code of SIGHUP. */
const gone = 128 + constants.signals.SIGHUP

/** Signals that a user types. */
const typed: readonly string[] = ["SIGINT", "SIGQUIT", "SIGBREAK"]

/**
 * One Ctrl-C may arrive twice, from the terminal and from npx or npm, which forward it: a signal
 * within this many milliseconds is the same press.
 */
const echo = 1000

/**
 * Runs a command whose signal is aborted by everything that would end the process: a system signal,
 * or output that nothing reads. The command ends when it is ready; a second Ctrl-C ends the process
 * at once. Without `onStop`, the first one does.
 */
export async function interruptible<T>(
  options: { readonly streams: Streams; readonly output: Output; readonly onStop?: string },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { streams, output, onStop } = options
  const controller = new AbortController()
  const stop = (interruption: Interruption, more = "") => {
    if (controller.signal.aborted) return
    if (onStop === undefined) leave(interruption.code)
    controller.abort(interruption)
    output.log(`${interruption.message}: ${onStop}${more}`)
  }
  let pressed: number | undefined
  const hear = (name: (typeof signals)[number]) => {
    const interruption = new Interruption(name, 128 + constants.signals[name])
    if (!typed.includes(name)) return stop(interruption)
    const now = performance.now()
    if (pressed !== undefined && now - pressed > echo) process.exit(interruption.code)
    pressed ??= now
    stop(interruption, "; press Ctrl-C again to quit at once")
  }
  const ended = lostOutput(streams, stop)
  for (const name of signals) process.on(name, hear)
  try {
    return await run(controller.signal)
  } finally {
    for (const name of signals) process.off(name, hear)
    ended()
  }
}

/** Checked at start-up: a closed terminal no longer reports that it is one. */
const onTerminal = [0, 1, 2].some((fd) => isatty(fd))

/**
 * Ends the process. If the terminal has gone, Node would abort when it restores the settings; the
 * signal itself ends the process with the same code, as shells see it.
 */
export function leave(code: number): never {
  if (code === gone && onTerminal) {
    process.emit("exit", code)
    process.removeAllListeners("SIGHUP")
    process.kill(process.pid, "SIGHUP")
  }
  process.exit(code)
}

/**
 * Reports output that can no longer be written; without a listener, that would crash. Returns the
 * function that stops it.
 */
export function lostOutput(
  { stdout, stderr }: Streams,
  onLost: (interruption: Interruption) => void,
): () => void {
  const listener = (name: string) => (error: NodeJS.ErrnoException) => onLost(lossOf(name, error))
  const [ofStdout, ofStderr] = [listener("standard output"), listener("standard error")]
  stdout.on("error", ofStdout)
  stderr.on("error", ofStderr)
  return () => {
    stdout.off("error", ofStdout)
    stderr.off("error", ofStderr)
  }
}

function lossOf(name: string, { code = "", message }: NodeJS.ErrnoException): Interruption {
  // The codes of SIGPIPE and SIGHUP, which other programs would get here.
  if (["EPIPE", "ECONNRESET", "EOF"].includes(code)) {
    return new Interruption(`${name} was closed`, 128 + 13)
  }
  if (code === "EIO") return new Interruption("the terminal was closed", gone)
  return new Interruption(`cannot write to ${name}: ${systemReason(code) ?? message}`, 1)
}
