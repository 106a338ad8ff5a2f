import { shellWord } from "@tubelet/core/text"
import { typed } from "../shell/typed.js"
import { type Speed, sumOf } from "./speed.js"

/** How fast a data set loads. */
export interface Measured
  extends Pick<Speed, "clipsPerSecond" | "clipsPerSecondPerCore" | "parts"> {
  readonly path: string
  /** What its clips are stored for. */
  readonly kind: "cached" | "prepared" | "original"
  readonly workers: number
  readonly cores: number
}

/** What limits the rate, and what to do. */
export interface Limit {
  readonly limit: "nothing" | "workers" | "decoding" | "transforms"
  readonly advice: string
}

/** The bottleneck: what keeps a data set from `demand` clips per second, or from going faster. */
export function limitOf(measured: Measured, demand = Number.POSITIVE_INFINITY): Limit {
  const { clipsPerSecond, clipsPerSecondPerCore, workers, cores } = measured
  if (clipsPerSecond >= demand) return { limit: "nothing", advice: "the demand is met" }
  const needed = Math.ceil(demand / clipsPerSecondPerCore)
  if (workers < needed && needed <= cores) {
    return { limit: "workers", advice: `this machine has more cores: --workers ${needed}` }
  }
  const { open = 0, decode = 0, copy: _, ...transforms } = measured.parts
  return open + decode > sumOf(transforms)
    ? { limit: "decoding", advice: fasterDecoding(measured) }
    : { limit: "transforms", advice: `add cores; ${slowestOf(transforms)} takes the most time` }
}

function fasterDecoding({ path, kind }: Measured): string {
  if (kind === "original") {
    const prepare = typed(`tubelet prepare ${shellWord(path)} --out prepared`)
    return `re-encode the data set for faster loading: ${prepare}`
  }
  return kind === "prepared"
    ? "add cores; pre-training can also read decoded clips, see tubelet cache"
    : "copy the cache to a faster disk"
}

const slowestOf = (parts: Measured["parts"]): string =>
  Object.entries(parts).sort(([, a], [, b]) => b - a)[0][0]
