import { expect, test } from "vitest"
import { balanced, balancedWeights } from "../src/labelled/balance.js"
import { scoreboard } from "../src/labelled/scoreboard.js"

const items = [0, 0, 0, 0, 1, 1, 2].map((label, i) => ({ path: `clip-${i}`, label }))

test("rare classes are repeated in turn until all are alike", () => {
  const all = balanced(items, 4)
  expect(all.slice(0, items.length)).toEqual(items)
  const paths = all.slice(items.length).map(({ path }) => path)
  expect(paths).toEqual(["clip-4", "clip-5", "clip-6", "clip-6", "clip-6"])
  const unlabelled = [{ path: "a" }, { path: "b" }]
  expect(balanced(unlabelled, 4)).toEqual(unlabelled)
})

test("balanced weights give each class the same share of the loss", () => {
  const weights = balancedWeights(items, 4)
  expect(weights[3]).toBe(0)
  const shares = [4, 2, 1].map((count, label) => count * weights[label])
  for (const share of shares) expect(share).toBeCloseTo(7 / 3, 12)
})

test("scores at chance after the first epoch bring one line of advice", async () => {
  const lines: string[] = []
  const step = (step: number, epoch: number, top1: number) => ({
    ...{ step, epoch, steps: 9, loss: 1, lr: 1, gradNorm: 1, samplesPerSecond: 1, dataSeconds: 0 },
    ...{ finished: false, seconds: 1, weights: {}, scores: { top1, top5: 1, skipped: 0 } },
  })
  async function* steps() {
    yield* [step(1, 0, 0.25), step(2, 1, 0.8), step(3, 1, 0.25), step(4, 2, 0.25)]
  }
  for await (const _ of scoreboard((line) => lines.push(line), 4).watch(steps()));
  expect(lines.map((line) => line.slice(0, 9))).toEqual([
    "step 1: t",
    "step 2: t",
    "step 3: t",
    "this is n",
    "step 4: t",
  ])
})
