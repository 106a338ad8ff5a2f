import { readFileSync } from "node:fs"
import { expect, test, vi } from "vitest"
import { presets } from "../src/index.js"

const text = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")
const readme = text("../README.md")

test.each(["first-loss", "brightness", "classify", "fits"])(
  "the README's example %s is the one that runs here",
  (name) => {
    expect(readme).toContain(`\`\`\`ts\n${text(`./support/${name}.ts`)}\`\`\``)
  },
)

/** Runs an example and returns its last output. */
async function printed(example: () => Promise<unknown>): Promise<unknown[]> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  await example()
  const last = log.mock.calls.at(-1)!
  log.mockRestore()
  return last
}

test("the first loss is near the variance of normalised pixels", async () => {
  const [loss, shape] = await printed(() => import("./support/first-loss.js"))
  expect(loss).toBeGreaterThan(0.9)
  expect(loss).toBeLessThan(3)
  expect(shape).toEqual([24, 3, 2, 16, 16])
})

test("a custom target sets the width of the head", async () => {
  expect(await printed(() => import("./support/brightness.js"))).toEqual([[1, 192]])
})

test("a classifier on a pre-trained encoder gives logits and an ONNX file", async () => {
  expect((await printed(() => import("./support/classify.js")))[0]).toBeGreaterThan(100_000)
})

test("weights reveal their model", async () => {
  const found = await printed(() => import("./support/fits.js"))
  expect(found).toEqual(["pretrain", ["videomae-b", "videomaev2-b"], []])
})

test("the README names every preset", () => {
  const [, list] = /The presets are ([\s\S]+?): the authors/.exec(readme)!
  const sizes = list.split(";").flatMap((system) => {
    const [first, ...rest] = [...system.matchAll(/`([\w-]+)`/g)].map((m) => m[1])
    return [first, ...rest.map((size) => first.replace(/-\w+$/, size))]
  })
  const ours = ["mae-ti", "mae-s", "videomae-ti", "videomaev2-ti"]
  expect([...sizes, ...ours].sort()).toEqual(Object.keys(presets).sort())
})
