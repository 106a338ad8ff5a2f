/**
 * The script that workers run. In the built package it is next to this module; Node 20 cannot run
 * the sources, so a small starter outside `src` compiles them.
 */
export function workerEntry(): URL {
  const fromSource = import.meta.url.endsWith(".ts")
  const script = fromSource ? "../../scripts/worker-from-source.mjs" : "./worker.js"
  return new URL(script, import.meta.url)
}
