import { TubeletError } from "./errors.js"
import { Tensor } from "./tensor.js"

/** What a trace collects besides nodes. */
export interface Trace {
  readonly taps: Map<string, Tensor>
}

let current: Trace | undefined

/** Runs `body` as one trace. */
export function traced<T>(body: () => T): { result: T; trace: Trace } {
  const outer = current
  const trace: Trace = { taps: new Map() }
  current = trace
  try {
    return { result: body(), trace }
  } finally {
    current = outer
  }
}

/**
 * Names an intermediate, so that compiling with `taps` returns it. Repeated names are numbered, as
 * when a model runs twice in a step: `latent`, `latent 2`. Otherwise it costs nothing.
 */
export function tap(name: string, tensor: Tensor): Tensor {
  if (current === undefined) return tensor
  let free = name
  for (let n = 2; current.taps.has(free); n++) free = `${name} ${n}`
  current.taps.set(free, tensor)
  return tensor
}

/** The tensor tapped under a name in this trace. */
export function tapped(name: string): Tensor {
  const found = current?.taps.get(name)
  if (found) return found
  throw new TubeletError(
    `tapped: no tap named "${name}" yet`,
    `taps so far: ${[...(current?.taps.keys() ?? [])].join(", ") || "none"}`,
  )
}

/** True for symbolic tensors. */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor
