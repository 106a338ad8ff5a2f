import { TubeletError } from "@tubelet/core"

/** What timm's notation says: `rand-m7-n4-mstd0.5-inc1`. */
export interface Policy {
  /** Ops per clip. */
  readonly ops: number
  /** Mean of the level, 0 to 10. */
  readonly magnitude: number
  /** Standard deviation of the level. */
  readonly deviation: number
  /** A higher level always changes more. */
  readonly increasing: boolean
}

const known = /^(m|n|mstd|inc)(\d+(?:\.\d+)?)$/

/** @throws TubeletError if the notation has a part other than `m`, `n`, `mstd` and `inc`. */
export function parsePolicy(notation: string): Policy {
  const [kind, ...parts] = notation.split("-")
  const values = new Map<string, number>()
  for (const part of parts) {
    const [, name, value] = known.exec(part) ?? []
    if (name === undefined) throw unreadable(notation)
    values.set(name, Number(value))
  }
  const ops = values.get("n") ?? 2
  const magnitude = values.get("m") ?? 10
  if (kind !== "rand" || !Number.isInteger(ops) || ops < 1 || magnitude > 10) {
    throw unreadable(notation)
  }
  const deviation = values.get("mstd") ?? 0
  return { ops, magnitude, deviation, increasing: (values.get("inc") ?? 0) > 0 }
}

const unreadable = (notation: string) =>
  new TubeletError(
    `unknown RandAugment policy: ${notation}`,
    "write it as rand-m7-n4-mstd0.5-inc1: level (at most 10), ops per clip, std, increasing",
  )
