import type { ClipRecipe, PixelType } from "@tubelet/video"
import { counted } from "../shell/counted.js"
import type { Output } from "../shell/output.js"
import { limitOf, type Measured } from "./limit.js"
import { type Consumer, type Speed, sumOf } from "./speed.js"

export interface Report {
  readonly measured: Speed & Measured
  readonly consumer: Consumer
  /** Clips per second that a GPU takes. */
  readonly demand: number | undefined
  readonly facts: Facts
}

interface Facts extends Pick<ClipRecipe<PixelType>, "frames" | "stride" | "size" | "transforms"> {
  readonly recipe: string | undefined
  readonly repeats: number
  readonly batch: number
  /** Clips of the data set. */
  readonly files: number
}

/** Prints how fast clips were read, where the time went, and the bottleneck. */
export function report({ measured, consumer, demand, facts }: Report, output: Output): void {
  const { clipsPerSecond, clipsPerSecondPerCore, parts, clips, skipped, cores, workers } = measured
  const met = demand === undefined ? undefined : clipsPerSecond >= demand
  const coresNeeded = demand === undefined ? undefined : demand / clipsPerSecondPerCore
  const { limit, advice } = limitOf(measured, demand)
  output.json({
    ...{ clipsPerSecond, clipsPerSecondPerCore, seconds: measured.seconds, clips, skipped },
    ...{ parts, consumer, demand, met, coresNeeded, cores, limit, advice, ...facts, workers },
  })
  const { frames, size, stride, repeats, files } = facts
  output.print(
    `${clipsPerSecond.toFixed(1)} clips/s, ${clipsPerSecondPerCore.toFixed(1)} per core: ` +
      `${frames} frames of ${size} pixels, stride ${stride}, repeats ${repeats}, ` +
      `${counted(workers, "worker")}, ${counted(files, "file")}, ${skipped} clips skipped`,
  )
  for (const line of partLines(parts)) output.print(line)
  output.print(
    `a GPU that takes ${consumer.clipsPerSecond.toFixed(1)} clips/s waits ` +
      `${(100 * consumer.waitShare).toFixed(1)}% of its time`,
  )
  if (demand !== undefined) {
    output.print(
      `${demand} clips/s need ${coresNeeded?.toFixed(1)} cores of ${cores}: ` +
        (met ? "the demand is met" : "the demand is not met"),
    )
  }
  output.print(`bottleneck: ${limit}; ${advice}`)
}

/** Milliseconds per clip by part, the slowest first. */
function partLines(parts: Measured["parts"]): string[] {
  const sorted = Object.entries(parts).sort(([, a], [, b]) => b - a)
  const sum = sumOf(parts)
  return sorted.map(
    ([part, seconds]) =>
      `${(1000 * seconds).toFixed(2).padStart(9)} ms/clip ` +
      `${((100 * seconds) / sum).toFixed(1).padStart(5)}%  ${part}`,
  )
}
