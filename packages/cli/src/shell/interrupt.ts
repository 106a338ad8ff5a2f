import type { Output } from "./output.js"

/** The exit code of a process that Ctrl-C ended, as shells count it. */
export const interruptedCode = 130

/**
 * Runs a command whose signal Ctrl-C (or a polite kill) sets: the command ends when it is ready.
 * A second Ctrl-C ends the process at once. Without `onStop` the first one does.
 */
export async function interruptible(
  { output, onStop }: { readonly output: Output; readonly onStop: string | undefined },
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted || onStop === undefined) process.exit(interruptedCode)
    output.log(`${onStop}; press Ctrl-C again to quit at once`)
    controller.abort()
  }
  process.on("SIGINT", stop)
  process.on("SIGTERM", stop)
  try {
    await run(controller.signal)
  } finally {
    process.off("SIGINT", stop)
    process.off("SIGTERM", stop)
  }
}
