import { cp, mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { commandBundle } from "../../../scripts/command-bundle.mjs"
import { effort } from "../../../scripts/effort.mjs"
import { commands } from "../src/commands.js"
import { trainingHeadings } from "../src/flags/headings.js"
import { flagName } from "../src/shell/flag-name.js"
import { typed } from "../src/shell/typed.js"
import { tubelet } from "./project.js"
import { outcome, start } from "./support/session.js"

const path = (from: string) => fileURLToPath(new URL(from, import.meta.url))

/** The help of the whole, under "", and of each command. */
const pages = new Map<string, string>()
for (const name of ["", ...commands.map((c) => c.name)]) {
  const words = name.split(" ").filter(Boolean)
  pages.set(name, (await tubelet(...words, "--help")).stdout)
}
const examplesIn = (help: string) =>
  [...help.matchAll(/^ +\$ (?:npx )?tubelet (.+)$/gm)].map(([, x]) => x)

describe("help", () => {
  test("of the whole fits on a screen and names every command", () => {
    const help = pages.get("")!
    expect(help.split("\n").length).toBeLessThanOrEqual(40)
    for (const { name } of commands) expect(help).toContain(name.split(" ")[0])
  })

  test.each(commands.map((c) => [c.name, c] as const))("of %s has an example", (name, c) => {
    const help = pages.get(name)!
    expect(help).toContain(`$ ${typed(c.example)}`)
    expect(c.example.startsWith(`tubelet ${name}`)).toBe(true)
    expect(help.split("\n").length).toBeLessThanOrEqual(90)
  })

  test.each(commands.filter((c) => c.headings).map((c) => [c.name, c] as const))(
    "of %s has each flag under its heading",
    (name, c) => {
      const help = pages.get(name)!
      const lines = help.split("\n")
      expect(lines).not.toContain("Options:")
      expect(lines.filter((line) => /^\w+( \(.*\))?:$/.test(line)).at(0)).toMatch(/^Data /)
      const shown = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag)
      const common = ["--config", "--json", "--debug"]
      expect(shown.sort()).toEqual([...Object.keys(c.flags).map(flagName), ...common].sort())
      const at = (line: string) => lines.findIndex((l) => l.trimStart().startsWith(line))
      expect(at("--steps")).toBeGreaterThan(at("Optimisation:"))
      expect(at("--steps")).toBeLessThan(at("Run:"))
    },
  )

  test("of a command with many flags has headings, which name flags that exist, once each", () => {
    for (const { name, flags, headings } of commands)
      if (Object.keys(flags).length > 24) expect(headings, name).toBeDefined()
    const placed = Object.values(trainingHeadings).flat()
    expect(new Set(placed).size).toBe(placed.length)
    const all = new Set(commands.flatMap(({ flags }) => Object.keys(flags)))
    expect(placed.filter((field) => !all.has(field))).toEqual([])
  })
})

/**
 * A folder in which each example works: clips of the project in `clips/`, two classes of them in
 * `actions/`, a golden set in `fixtures/`, and what the examples before it leave, such as the run
 * in `runs/first`.
 */
let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-help-"))
  program = await commandBundle(folder)
  await mkdir(join(folder, "clips"))
  for (const clip of ["street-01", "street-02", "cup-01"]) {
    const file = `${clip}.mp4`
    await cp(path(`../../../examples/clips/${file}`), join(folder, "clips", file))
  }
  for (const clip of ["train/street/street-01", "train/cup/cup-01", "val/street/street-02"]) {
    await mkdir(join(folder, "actions", dirname(clip)), { recursive: true })
    await cp(join(folder, "clips", `${basename(clip)}.mp4`), join(folder, "actions", `${clip}.mp4`))
  }
  const set = "mae-trajectory-tiny"
  await cp(path(`golden/${set}`), join(folder, "fixtures", set), { recursive: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Two steps on small clips show that a line works; whoever reads the help wants more. */
const shortened = (example: string) => {
  const size = example.startsWith("pretrain") ? effort(" --size 64 --frames 4", "") : ""
  return example.replace(/--steps \d+/, "--steps 2") + size
}

const run = (line: string) => {
  const child = start(program, line.split(" "), folder)
  // A page stays until Ctrl-C.
  child.stderr.on("data", (said) => String(said).includes("http://") && child.kill("SIGINT"))
  return outcome(child)
}

describe("every line in a help works", () => {
  const lines = [...new Set([...pages.values()].flatMap(examplesIn))]
  test.each(lines)("tubelet %s", async (line) => {
    const { code, output } = await run(shortened(line))
    expect(code, output).toBe(0)
  })
})
