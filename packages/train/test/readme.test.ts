import { readFileSync } from "node:fs"
import * as testing from "@tubelet/core/testing"
import * as models from "@tubelet/models"
import { expect, test, vi } from "vitest"
import * as train from "../src/index.js"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

/** Those that need no data set. */
const examples = [...readme.matchAll(/```ts\n(import [\s\S]+?)```/g)]
  .map(([, example]) => example)
  .filter((example) => !example.includes("@tubelet/video"))

test.each(examples)("the README's example runs, and it learns: %#", async (example) => {
  const body = example
    .replace('import { referenceBackend } from "@tubelet/core/testing"', "")
    .replace(/import (\{.+\}) from "@tubelet\/models"/, "const $1 = modelsPackage")
    .replace(/import (\{.+\}) from "@tubelet\/train"/, "const $1 = trainPackage")
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  const names = ["modelsPackage", "trainPackage", "referenceBackend"]
  const run = new Function(...names, `return (async () => {${body}})()`)
  await run(models, train, testing.referenceBackend)
  const losses = log.mock.calls.map(([, loss]) => loss as number)
  log.mockRestore()
  expect(losses).toHaveLength(20)
  expect(losses.at(-1)).toBeLessThan(losses[0])
})
