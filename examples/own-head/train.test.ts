import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { train } from "./train.js"

test("encoder and head learn the direction of stripes", async () => {
  const losses: number[] = []
  for await (const loss of train(referenceBackend(), 25)) losses.push(loss)
  expect(losses).toHaveLength(25)
  expect(Math.abs(losses[0] - Math.log(4))).toBeLessThan(0.5) // a guess among four
  expect(losses.at(-1)).toBeLessThan(0.4)
})
