import type { Backend } from "@tubelet/core"
import { describe, expect, inject, test } from "vitest"
import { type SetFiles, verifySet } from "../../src/verify/index.js"

/** The sets that are at hand: the folder each lies in, and its files. */
export const goldenSets = inject("goldenSets")

const all = Object.keys(goldenSets)

/** Sets of the authors' code. The others come from scripts/golden. */
export const authors = all.filter((set) => set.includes("-tiny"))

const kindOf = (set: string) => set.replace(/-(tiny|odd).*/, "")

/** The authors' sets, and one of each kind that they left none of: a GPU's compiler is slow. */
export const eachKind = all.filter(
  (set) => authors.includes(set) || !authors.some((other) => kindOf(other) === kindOf(set)),
)

/**
 * What `tubelet verify` compares, in Node or in a page. One backend serves all sets, as theirs
 * share kernels; `filesOf` says how a set's files are read.
 */
export function describeGoldenSets(
  backend: Backend,
  filesOf: (set: string) => SetFiles,
  sets: readonly string[] = all,
): void {
  describe(`golden sets on ${backend.name}`, () => {
    test.each(sets)("every tensor of %s", async (set) => {
      const checks = await verifySet(backend, filesOf(set))
      expect(checks.length).toBeGreaterThan(1)
      expect(checks.filter((c) => !c.pass)).toEqual([])
    })
  })
}
