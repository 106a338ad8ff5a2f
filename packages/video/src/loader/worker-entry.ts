/**
 * The script that child processes run. In the built package it lies beside this module; from the
 * sources, which Node 20 cannot run, a small starter outside `src` compiles it.
 */
export function workerEntry(): URL {
  const fromSource = import.meta.url.endsWith(".ts")
  const script = fromSource ? "../../scripts/worker-from-source.mjs" : "./worker.js"
  return new URL(script, import.meta.url)
}
