import type { Backend } from "@tubelet/core"
import { describe, expect, inject, test } from "vitest"
import { type SetFiles, verifySet } from "../../src/verify/index.js"

/** The sets that are at hand: their folder, and the files of each. */
export const goldenSets = inject("goldenSets")

/**
 * What `tubelet verify` compares, in Node or in a page. One backend serves all sets, as theirs
 * share kernels; `filesOf` says how a set's files are read.
 */
export function describeGoldenSets(backend: Backend, filesOf: (set: string) => SetFiles): void {
  describe(`golden sets on ${backend.name}`, () => {
    test.each(Object.keys(goldenSets.files))("every tensor of %s", async (set) => {
      const checks = await verifySet(backend, filesOf(set))
      expect(checks.length).toBeGreaterThan(1)
      expect(checks.filter((c) => !c.pass)).toEqual([])
    })
  })
}
