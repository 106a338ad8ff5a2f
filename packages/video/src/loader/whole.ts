import { TubeletError } from "@tubelet/core"

/** @throws TubeletError unless an option is an integer of at least `least`. */
export function requireWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new TubeletError(`${name} must be an integer of at least ${least}, got ${value}`)
}
