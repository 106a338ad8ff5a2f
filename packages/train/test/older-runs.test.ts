import { expect, test } from "vitest"
import { withCurrentNames } from "../src/files/older-runs.js"

test("what an older version stored is read under today's names", () => {
  const model = { system: "videomae" }
  const older = { step: 4, samplesPerStep: 8, views: 2, viewsPerStep: 16, model }
  const today = { step: 4, effectiveBatchSize: 8, repeats: 2, clipsPerStep: 16, model }
  expect(withCurrentNames(older)).toEqual(today)
  expect(withCurrentNames(today)).toEqual(today)
})
