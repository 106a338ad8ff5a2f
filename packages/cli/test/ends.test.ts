import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { commandBundle } from "../../../scripts/command-bundle.mjs"
import { effort } from "../../../scripts/effort.mjs"
import { onSmallDisk, smallDisks } from "../../../scripts/small-disk.mjs"
import { makeProject } from "./project.js"
import { exitOf, heard, logged, start, stepsOf } from "./support/session.js"

const times = effort(3, 30)

let folder: string
let command: string
const at = (...path: string[]) => join(folder, ...path)
// A score every 4 steps is a line: a reader that has gone is noticed at the next one.
const flags = (run: string, ...more: string[]) => [
  ...["pretrain", "--config", at("tiny.json"), "--data", at("clips"), "--out", at(run)],
  ...["--probe", at("clips"), "--probe-every", "4"],
  ...["--steps", "100000", "--save-every", "100000", "--resume", ...more],
]

beforeAll(async () => {
  folder = await makeProject()
  command = await commandBundle(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The checkpoint that a run left, which is all that it left. */
async function checkpointOf(run: string): Promise<{ step: number; name: string }> {
  const names = await readdir(at(run))
  const name = names.filter((name) => name.startsWith("checkpoint-")).at(-1)!
  expect(names.filter((name) => !name.startsWith("checkpoint-"))).toEqual([
    ...["baselines.json", "config.json", "epochs.csv", "metrics.jsonl"],
  ])
  return { step: Number(name.slice("checkpoint-".length)), name }
}

const weightsOf = (run: string, name: string) => readFile(at(run, name, "model.safetensors"))

const signal = (name: NodeJS.Signals) => (child: ChildProcess) => void child.kill(name)
const close = (child: ChildProcess) => void child.stderr!.destroy()

describe.each([
  ["SIGHUP", 129, signal("SIGHUP")],
  ["SIGINT", 130, signal("SIGINT")],
  ["SIGTERM", 143, signal("SIGTERM")],
  ["a closed pipe", 141, close],
] as const)("%s at any moment", (what, expected, end) => {
  test(`finishes the step, saves, exits with ${expected}; --resume gives equal bytes`, async () => {
    const run = `ended by ${what}`
    let step = 0
    for (let i = 0; i < times; i++) {
      const child = start(command, flags(run, "--workers", String(i === 0 ? 1 : 0)))
      child.stdout.resume()
      child.stderr.resume()
      await logged(child, at(run), step + Math.floor(8 * Math.random()))
      await sleep(20 * Math.random())
      end(child)
      expect(await exitOf(child)).toBe(expected)
      step = (await checkpointOf(run)).step
      expect(await stepsOf(at(run))).toEqual(Array.from({ length: step }, (_, i) => i + 1))
    }
    const whole = start(command, flags(`whole beside ${what}`, "--save-every", String(step)))
    await logged(whole, at(`whole beside ${what}`), step)
    whole.kill("SIGKILL")
    await exitOf(whole)
    const { name } = await checkpointOf(run)
    expect(await weightsOf(run, name)).toEqual(await weightsOf(`whole beside ${what}`, name))
  })
})

test("`| head` ends a run as a closed pipe does", async () => {
  const script = '{ "$@" 2>&1; echo $? >code; } | head -n 4'
  const argv = [process.execPath, command, ...flags("to head")]
  await once(spawn("sh", ["-c", script, "sh", ...argv], { cwd: folder }), "exit")
  while (!(await readFile(at("code"), "utf8").catch(() => ""))) await sleep(20)
  expect(await readFile(at("code"), "utf8")).toBe("141\n")
  expect((await checkpointOf("to head")).step).toBeGreaterThan(0)
})

test.runIf(process.platform === "linux")("a terminal that is closed ends a run", async () => {
  // The shell outlives it and tells the code; Node does not, whatever the shell ignores.
  const line = `trap "" HUP; "$@"; echo $? >code-of-terminal`
  const argv = ["-c", line, "sh", process.execPath, command, ...flags("in a terminal")]
  const quoted = ["sh", ...argv].map((word) => `'${word}'`).join(" ")
  const terminal = spawn("script", ["-qfc", quoted, "/dev/null"], { cwd: folder })
  await logged(terminal, at("in a terminal"), 2)
  terminal.kill("SIGKILL")
  const code = () => readFile(at("code-of-terminal"), "utf8").catch(() => "")
  while (!(await code())) await sleep(20)
  expect(await code()).toBe("129\n")
  expect((await checkpointOf("in a terminal")).step).toBeGreaterThan(2)
})

test.runIf(process.platform === "linux")("what could not be printed is an error", async () => {
  const script = '"$@" >/dev/full'
  const argv = [process.execPath, command, "--help"]
  expect(await exitOf(spawn("sh", ["-c", script, "sh", ...argv]))).toBe(1)
})

test("Ctrl-C that npx passes on is one press, and says how to resume", async () => {
  const child = start(command, flags("pressed"))
  const said = heard(child.stdout)
  await logged(child, at("pressed"), 2)
  child.kill("SIGINT")
  await sleep(20)
  child.kill("SIGINT")
  child.kill("SIGTERM")
  expect(await exitOf(child)).toBe(130)
  const { step, name } = await checkpointOf("pressed")
  expect(said()).toContain(`stopped after step ${step} of 100000 (SIGINT); saved `)
  expect(said()).toContain(name)
  expect(said()).toMatch(/tubelet pretrain --out .*pressed --resume/)
})

test.runIf(smallDisks)("a full disk for the metrics costs no step", () =>
  onSmallDisk(8, async (disk: string) => {
    const child = start(command, flags("unlogged"))
    await logged(child, at("unlogged"), 2)
    child.kill("SIGTERM")
    await exitOf(child)
    const log = await readFile(at("unlogged", "metrics.jsonl"))
    await rm(at("unlogged", "metrics.jsonl"))
    await writeFile(join(disk, "metrics"), log)
    await writeFile(join(disk, "ballast"), new Uint8Array(4096))
    await symlink(join(disk, "metrics"), at("unlogged", "metrics.jsonl"))
    const resumed = start(command, flags("unlogged"))
    const said = heard(resumed.stderr)
    expect(await exitOf(resumed)).toBe(1)
    const { step, name } = await checkpointOf("unlogged")
    expect(said()).toMatch(/error: cannot write .*metrics.jsonl: the disk is full/)
    expect(said()).toContain(name)
    expect((await stepsOf(at("unlogged"))).at(-1)).toBeGreaterThanOrEqual(step - 1)
  }),
)
