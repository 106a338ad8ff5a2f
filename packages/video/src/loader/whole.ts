import { TubeletError } from "@tubelet/core"

/** @throws TubeletError unless an option is a whole number of at least `least`. */
export function requireWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new TubeletError(`${name} is ${value}`, `${name} must be a whole number from ${least} up`)
}
