import { expect, test } from "vitest"
import { duration } from "../src/shell/duration.js"

test.each([
  [0, "0 s"],
  [0.3456, "0.35 s"],
  [3.44, "3.4 s"],
  [59.4, "59 s"],
  [59.6, "1 min 00 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 05 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})
