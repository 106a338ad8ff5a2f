import type { Loop, LoopOp, LoopOutput, Statement } from "@tubelet/core/loops"

/** A loop that applies one op to its vectors. */
export const single = (op: LoopOp, arity: number, kind: LoopOutput["kind"] = "store"): Loop => ({
  inputs: Array.from({ length: arity }, () => "vector" as const),
  body: [{ op, args: Array.from({ length: arity }, (_, i) => i) }],
  outputs: [{ kind, value: arity }],
})

/** The sum of squares of one vector. */
export const sumOfSquares: Loop = {
  inputs: ["vector"],
  body: [{ op: "mul", args: [0, 0] }],
  outputs: [{ kind: "sum", value: 1 }],
}

export const [beta1, beta2, eps] = [0.9, 0.95, 1e-8]

/**
 * AdamW as one pass: vectors p, g, m, v; scalars 1 - rate * decay, rate / correction1 and
 * sqrt(correction2); stores p, m, v.
 */
export const adamW: Loop = adamWLoop()

function adamWLoop(): Loop {
  const inputs = ["vector", "vector", "vector", "vector", "scalar", "scalar", "scalar"] as const
  const body: Statement[] = []
  const emit = (statement: Statement) => inputs.length + body.push(statement) - 1
  const op = (name: LoopOp, ...args: number[]) => emit({ op: name, args })
  const constant = (value: number) => emit({ op: "constant", args: [], value })
  const [p, g, m, v, keep, rate, root] = [0, 1, 2, 3, 4, 5, 6] as const
  const first = op("add", op("mul", m, constant(beta1)), op("mul", g, constant(1 - beta1)))
  const squared = op("mul", op("mul", g, g), constant(1 - beta2))
  const second = op("add", op("mul", v, constant(beta2)), squared)
  const deviation = op("add", op("div", op("sqrt", second), root), constant(eps))
  const update = op("mul", rate, op("div", first, deviation))
  const next = op("sub", op("mul", p, keep), update)
  const outputs = [next, first, second].map((value) => ({ kind: "store" as const, value }))
  return { inputs, body, outputs }
}

/** One element of the same in double precision. */
export function adamWInPlainFloats(
  [p, g, m, v]: [number, number, number, number],
  [keep, rate, root]: readonly number[],
): [number, number, number] {
  const first = m * beta1 + g * (1 - beta1)
  const second = v * beta2 + g * g * (1 - beta2)
  return [p * keep - rate * (first / (Math.sqrt(second) / root + eps)), first, second]
}

/** Repeatable values between -3 and 3. */
export const noise = (n: number, seed: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => {
    const x = Math.sin(i * 12.9898 + seed * 78.233) * 43758.5453
    return 6 * (x - Math.floor(x)) - 3
  })
