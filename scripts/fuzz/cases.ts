import { TubeletError } from "@tubelet/core"
import { expect, test } from "vitest"
import { effort } from "../effort.mjs"
import { type FuzzOptions, type FuzzReport, fuzz } from "./fuzz.js"
import { record, tried } from "./record.js"

/** A parser and its initial inputs. */
export type FuzzCase = Pick<FuzzOptions, "name" | "target" | "seeds" | "words">

/**
 * A test per parser: it must parse any input or throw a TubeletError. `sources` selects the scripts
 * whose coverage guides the fuzzer, by URL.
 *
 * The goal is ten million inputs per parser, in arms of at most twenty minutes. Each run does one
 * arm, starting where the last one in the record ended.
 */
export function fuzzTests(cases: readonly FuzzCase[], sources: RegExp): void {
  const daily = (one: FuzzCase) => fuzz({ ...optionsOf(one, sources), inputs: 100_000 })
  const arm = (one: FuzzCase) => fuzzArm(optionsOf(one, sources))
  const run = effort(daily, arm)
  test.each(cases)("$name: any input is read or rejected", async (one) => {
    const report = await run(one)
    if (report) expect(report.corpus).toBeGreaterThan(2)
  })
}

const optionsOf = (one: FuzzCase, sources: RegExp) => ({
  ...one,
  expected: (error: unknown) => error instanceof TubeletError,
  sources,
  longest: 8192,
})

const goal = 10_000_000
const armSeconds = 60 * Number(process.env.TUBELET_FUZZ_MINUTES ?? 20)

/** Continues from the record and adds the result to it; does nothing once the goal is reached. */
async function fuzzArm(options: Omit<FuzzOptions, "inputs">): Promise<FuzzReport | undefined> {
  const { name } = options
  const from = tried(name)
  if (from >= goal) return undefined
  try {
    const report = await fuzz({ ...options, inputs: goal - from, from, seconds: armSeconds })
    record({ name, from, ...report })
    return report
  } catch (error) {
    record({ name, from, inputs: 0, failure: String(error) })
    throw error
  }
}

/** A value as JSON bytes. */
export const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
