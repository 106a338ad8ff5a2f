import type { Emitter } from "../writer.js"
import { operands } from "./elementwise.js"

/** ln(2 / sqrt(pi)): inside the exponential it saves a multiplication of the whole tensor. */
const logScale = Math.log(2 / Math.sqrt(Math.PI))

/**
 * g (1 + erf s + s 2/sqrt(pi) exp(-s^2)) / 2 with s = x / sqrt(2): ten passes over memory instead
 * of twelve.
 */
const geluGradient: Emitter = (w, node) => {
  const [x, g] = operands(w, node) as [string, string]
  const s = w.op("Mul", [x, w.scalar(Math.SQRT1_2)])
  const bell = w.op("Exp", [w.op("Sub", [w.scalar(logScale), w.op("Mul", [s, s])])])
  const slope = w.op("Add", [w.op("Erf", [s]), w.op("Mul", [s, bell])])
  const half = w.op("Mul", [w.op("Add", [slope, w.scalar(1)]), w.scalar(0.5)])
  return w.op("Mul", [half, g])
}

export const gelus: Readonly<Record<string, Emitter>> = { geluGradient }
