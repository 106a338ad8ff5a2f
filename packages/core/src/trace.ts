import { TubeletError } from "./errors.js"
import { Tensor } from "./tensor.js"

/** What one tracing collects beside the nodes themselves. */
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
 * Gives an intermediate a name under which a tapped compile shows it; a name that comes again, as
 * when a model runs twice in a step, is numbered: `latent`, `latent 2`. Costs nothing otherwise.
 */
export function tap(name: string, tensor: Tensor): Tensor {
  if (current === undefined) return tensor
  let free = name
  for (let n = 2; current.taps.has(free); n++) free = `${name} ${n}`
  current.taps.set(free, tensor)
  return tensor
}

/** The tensor that this trace has tapped under a name. */
export function tapped(name: string): Tensor {
  const found = current?.taps.get(name)
  if (found) return found
  throw new TubeletError(
    `tapped: nothing is tapped as "${name}" yet`,
    `tapped so far: ${[...(current?.taps.keys() ?? [])].join(", ") || "nothing"}`,
  )
}

/** True for symbolic tensors. */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor
