const cleanups = new Set<() => unknown>()
let listening = false

/**
 * Has `cleanup` called when the process ends before its work is done, by `process.exit` or an
 * error; not when it is killed. Gives the function that takes it back. Node only.
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
      // The others still have their turn.
    }
  }
}
