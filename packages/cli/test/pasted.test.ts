import { execFileSync } from "node:child_process"
import { readdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { makeProject, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)
const home = process.cwd()

beforeAll(async () => {
  folder = await makeProject()
  process.chdir(folder)
})
afterAll(async () => {
  process.chdir(home)
  await rm(folder, { recursive: true, force: true })
})

/** The arguments that a shell hands to `tubelet`, of a line that was pasted into it. */
const pasted = (line: string) =>
  execFileSync("sh", ["-c", `tubelet() { printf '%s\\0' "$@"; }; ${line.replace(/^npx /, "")}`])
    .toString()
    .split("\0")
    .slice(0, -1)

const lineAfter = (output: string, words: string) =>
  output
    .split("\n")
    .find((line) => line.includes(words))!
    .split(words)[1]

describe.skipIf(process.platform === "win32")("commands for pasting", () => {
  test("do what they say, whatever the names hold", async () => {
    const data = '-it\'s $HOME `x` "my" clips; #1'
    await rename(at("clips"), at(data))
    await rename(at(data, "clip-0"), at(data, "$1 & b"))
    const sizes = ["--frames", "4", "--stride", "1", "--workers", "0"]
    const cached = await tubelet("cache", `./${data}`, "--out=-cached (1)", ...sizes)
    const train = pasted(lineAfter(cached.stdout, "train on them: "))
    const flags = ["--config", "tiny.json", "--steps", "1", "--warmup", "0"]
    expect((await tubelet(...train, ...flags, "--out", "first")).code).toBe(0)
    const run = await tubelet("pretrain", "--data", `./${data}`, ...flags, "--out=hf:~run*")
    const show = pasted(lineAfter(run.stdout, "see what it learned: "))
    expect((await tubelet(...show, "--out", "shown")).code).toBe(0)
    expect(await readdir("shown")).toContain("$1 & b.mp4")
    // What is here under a name of the hub's form is no model of the hub.
    expect((await tubelet("inspect", "hf:~run*")).code).toBe(0)
  })
})
