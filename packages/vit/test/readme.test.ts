import { readFileSync } from "node:fs"
import { expect, test, vi } from "vitest"

const text = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")

test("the README's example is the one that runs here", async () => {
  expect(text("../README.md")).toContain(`\`\`\`ts\n${text("./support/encoder.ts")}\`\`\``)
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  await import("./support/encoder.js")
  const [shape, features] = log.mock.calls.at(-1)!
  log.mockRestore()
  expect(shape).toEqual([2, 24])
  expect(features.every(Number.isFinite)).toBe(true)
  // Both images are the same, and so are their features.
  expect(features.slice(0, 24)).toEqual(features.slice(24))
})
