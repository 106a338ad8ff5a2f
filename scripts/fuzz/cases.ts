import { TubeletError } from "@tubelet/core"
import { expect, test } from "vitest"
import { effort } from "../effort.mjs"
import { type FuzzOptions, fuzz } from "./fuzz.js"

/** A parser, with inputs to begin with. */
export type FuzzCase = Pick<FuzzOptions, "name" | "target" | "seeds" | "words">

/**
 * A test of each parser: whatever its input, it reads it or refuses it with a TubeletError.
 * `sources` says which scripts' coverage guides, by their addresses.
 */
export function fuzzTests(cases: readonly FuzzCase[], sources: RegExp): void {
  test.each(cases)("$name: any input is read or refused", { timeout: 7_200_000 }, async (one) => {
    const report = await fuzz({
      inputs: effort(100_000, 10_000_000),
      ...one,
      expected: (error) => error instanceof TubeletError,
      sources,
      longest: 8192,
    })
    expect(report.corpus).toBeGreaterThan(2)
  })
}

/** Bytes of a value as JSON. */
export const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
