const cleanups = new Set<() => unknown>()
let listening = false

/**
 * Calls `cleanup` if the process ends early by `process.exit` or an error, but not if it is killed.
 * Returns a function that cancels it. Node only.
 */
export function atExit(cleanup: () => unknown): () => void {
  if (!listening) process.once("exit", cleanUp)
  listening = true
  cleanups.add(cleanup)
  return () => void cleanups.delete(cleanup)
}

function cleanUp(): void {
  for (const cleanup of cleanups) {
    try {
      cleanup()
    } catch {
      // Run the remaining cleanups.
    }
  }
}
