import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { commandBundle } from "../../../scripts/command-bundle.mjs"
import { outcome, start } from "./support/session.js"

const path = (from: string) => fileURLToPath(new URL(from, import.meta.url))
const page = await readFile(path("../../../docs/guide/classifier.md"), "utf8")

/** The commands of the page, in order. */
const lines = [...page.matchAll(/^npx tubelet (.+)$/gm)].map(([, line]) => line)

/** Flags that make a command short: two steps on small clips show that it works. */
const short: Readonly<Record<string, string>> = {
  pretrain: "--steps 2 --batch 2 --size 64 --frames 4",
  finetune: "--steps 2 --batch 2 --accumulate 1",
  probe: "--steps 2 --batch 2",
  distill: "--steps 2 --batch 2",
}

let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-guide-"))
  program = await commandBundle(folder)
  const clips = {
    ...{ "clips/street-01": "street-01", "clips/cup-01": "cup-01", clip: "box-01" },
    ...{ "actions/train/street/a": "street-01", "actions/train/box/b": "box-02" },
    ...{ "actions/val/street/c": "street-02", "actions/val/box/d": "box-01" },
  }
  for (const [place, clip] of Object.entries(clips)) {
    await mkdir(dirname(join(folder, place)), { recursive: true })
    await cp(path(`../../../examples/clips/${clip}.mp4`), join(folder, `${place}.mp4`))
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test("the page has every step", () => {
  const commands = new Set(lines.map((line) => line.split(" ")[0]))
  for (const name of ["data", "pretrain", "probe", "finetune", "evaluate", "predict", "distill"]) {
    expect(commands).toContain(name)
  }
})

test.each(lines)("tubelet %s", async (line) => {
  const [command] = line.split(" ")
  // Nearest neighbours train nothing.
  const shortened = line.includes("--head knn") ? line : `${line} ${short[command] ?? ""}`.trim()
  const { code, output } = await outcome(start(program, shortened.split(" "), folder))
  expect(code, output).toBe(0)
  if (command === "predict")
    expect(output).toMatch(/clip\.mp4: (street|box) \d+\.\d%, (street|box)/)
})
