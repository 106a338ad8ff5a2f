import { readFileSync } from "node:fs"
import { expect, test, vi } from "vitest"

const text = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")

test("the README's example is the one that runs here, and it learns", async () => {
  expect(text("../README.md")).toContain(`\`\`\`ts\n${text("./support/first-step.ts")}\`\`\``)
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  await import("./support/first-step.js")
  const [weight, bias] = log.mock.calls.at(-1)!
  log.mockRestore()
  expect(weight[0]).toBeCloseTo(2, 3)
  expect(weight[1]).toBeCloseTo(-1, 3)
  expect(bias[0]).toBeCloseTo(1, 3)
})
