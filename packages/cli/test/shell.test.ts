import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { described } from "../src/shell/errors.js"
import { type Flags, whole, yes } from "../src/shell/flag.js"
import { makeProject, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)
beforeAll(async () => {
  folder = await makeProject()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("wrong usage: exit code 2, what and what to do, no stack", () => {
  test.each([
    [["pretrain", "--nonsense"], /unknown option '--nonsense'/],
    [["nonsense"], /unknown command 'nonsense'/],
    [["pretrain"], /--data is missing/],
    [["pretrain", "--data", "clips", "--batch", "many"], /--batch must be .+, got "many"/],
    [["pretrain", "--data", "clips", "--batch", "0"], /--batch must be .+ of at least 1, got "0"/],
    [["pretrain", "--data", "clips", "--mask-ratio", "1.5"], /--mask-ratio must be .+, got "1.5"/],
    [["pretrain", "--data", "clips", "--target", "sound"], /one of pixels, normalised/],
    [
      ["bench", "step", "--backend", "cuda"],
      /one of auto, webgpu, cpu, .*, got "cuda"\nthis version .*doctor/,
    ],
    [["bench", "step", "--dtype", "bf16"], /--dtype must be one of f32, got "bf16"\nthis version/],
    [
      ["pretrain", "--dry-run", "--model", "videomae-xl"],
      /"videomae-xl" is not a preset, file or folder/,
    ],
    [["pretrain", "--dry-run", "--masking", "spiral"], /unknown masking strategy "spiral"/],
    [
      ["pretrain", "--dry-run", "--model", "mae-b", "--decoder-masking", "tube"],
      /only VideoMAE V2 has a decoder mask/,
    ],
    [
      ["pretrain", "--dry-run", "--recipe", "mae/imagenet-pretrain"],
      /is for mae, but the model is videomaev2/,
    ],
    [["reconstruct", "x.mp4"], /--checkpoint is missing/],
    [["reconstruct"], /missing required argument 'input'/],
  ])("tubelet %s", async (argv, message) => {
    const { code, stdout, stderr } = await tubelet(...argv)
    expect(code).toBe(2)
    expect(stdout).toBe("")
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(stderr.trim().split("\n")).toHaveLength(2)
  })
})

describe("what went wrong: exit code 1", () => {
  test.each([
    [["pretrain", "--data", "/nowhere"], /\/nowhere: no such file or folder/],
    [["preview", "/nowhere.mp4"], /\/nowhere.mp4: no such file or folder/],
    [["pretrain", "--dry-run", "--config", "/nowhere.json"], /nowhere.json: no such file/],
    [["pretrain", "--dry-run", "--size", "100"], /cannot be cut into/],
  ])("tubelet %s", async (argv, message) => {
    const { code, stderr } = await tubelet(...argv)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(stderr.trim().split("\n")).toHaveLength(2)
  })

  test.each([
    [1, ["inspect", "/nowhere"], /\/nowhere: no such checkpoint/],
    [2, ["preview", "x.mp4", "--size", "big"], /--size must be .+, got "big"/],
    [2, ["inspect", "x", "--nonsense"], /unknown option '--nonsense'/],
    [2, ["inspect"], /missing required argument/],
  ])("with --json it is an object on stdout, exit code %i", async (exit, argv, message) => {
    const { code, stdout, stderr } = await tubelet(...argv, "--json")
    expect(code).toBe(exit)
    const { error } = JSON.parse(stdout)
    expect(error.message).toMatch(message)
    expect(error.message).not.toMatch(/^error/)
    expect(error.advice).not.toBe("")
    expect(stderr).toMatch(message)
  })

  test("--debug adds the stack", async () => {
    const { stderr } = await tubelet("preview", "/nowhere.mp4", "--debug")
    expect(stderr).toMatch(/^\s+at /m)
  })
})

describe("hints show the command as its user typed it:", () => {
  afterEach(() => vi.unstubAllEnvs())
  test.each([
    [undefined, /^see tubelet --help/m],
    ["npm/11.6.2 node/v20.20.0 linux x64", /^see npx tubelet --help/m],
  ])("started by %s", async (runner, hint) => {
    vi.stubEnv("npm_config_user_agent", runner)
    expect((await tubelet("nonsense")).stderr).toMatch(hint)
  })
})

describe("a config file", () => {
  test("gives flags, which the command line overrides", async () => {
    const argv = ["pretrain", "--config", at("tiny.json"), "--batch", "4", "--dry-run", "--json"]
    const { stdout } = await tubelet(...argv)
    expect(JSON.parse(stdout)).toMatchObject({ batch: 4, maskRatio: 0.75, lr: 1e-3, frames: 4 })
  })

  const resolved = async (config: object, ...flags: string[]) => {
    await writeFile(at("layer.json"), JSON.stringify({ data: at("clips"), batch: 1, ...config }))
    const argv = ["pretrain", "--dry-run", "--json", "--config", at("layer.json"), ...flags]
    const { code, stdout, stderr } = await tubelet(...argv)
    return code === 0 ? JSON.parse(stdout) : stderr
  }
  const published = { model: "videomae-ti", recipe: "videomae/ucf101-pretrain" }

  test.each([
    [
      "steps, epochs typed",
      { steps: 100, warmup: 10 },
      ["--epochs", "20"],
      { steps: 60, warmup: 6 },
    ],
    ["epochs, steps typed", { epochs: 20, warmup: 9 }, ["--steps", "30"], { steps: 30, warmup: 3 }],
    [
      "steps, more typed",
      { steps: 100, warmup: 10 },
      ["--steps", "200"],
      { steps: 200, warmup: 10 },
    ],
    ["a warm-up, steps typed", { warmup: 7 }, ["--steps", "100"], { steps: 100, warmup: 7 }],
    ["lr, base-lr typed", { lr: 1, minLr: 0.5 }, ["--base-lr", "2.56"], { lr: 0.01 }],
    ["base-lr, lr typed", { baseLr: 1, minLr: 1 }, ["--lr", "0.5"], { lr: 0.5, minLr: 0 }],
    ["lr, another typed", { lr: 1, minLr: 0.1 }, ["--lr", "0.5"], { lr: 0.5, minLr: 0.1 }],
    [
      "a recipe and steps",
      { ...published, steps: 40 },
      [],
      { steps: 40, warmup: 2, maskRatio: 0.75 },
    ],
    [
      "a recipe, steps typed",
      published,
      ["--steps", "40", "--mask-ratio", "0.5"],
      { maskRatio: 0.5 },
    ],
  ])("with %s", async (_, config, flags, expected) => {
    expect(await resolved(config, ...flags)).toMatchObject(expected)
  })

  test("that gives one thing in two ways is refused, and so is such a command line", async () => {
    const both = { steps: 5, epochs: 2 }
    expect(await resolved(both)).toMatch(/--steps and --epochs are both set in .*layer.json/)
    expect(await resolved(both, "--steps", "5")).toMatch(/are both set in .*layer.json/)
    const typed = await resolved({}, "--lr", "1", "--base-lr", "1")
    expect(typed).toMatch(/--lr and --base-lr are both set on the command line/)
  })

  test("or flags that give no rate: the table says which rule made it", async () => {
    const flags = ["pretrain", "--dry-run", "--batch", "2", "--accumulate", "2"]
    const rule = /^learning rate +1.5625e-5 = 1e-3 x 4 \/ 256$/m
    expect((await tubelet(...flags)).stdout).toMatch(rule)
    const given = await tubelet(...flags, "--lr", "0.5")
    expect(given.stdout).toMatch(/^learning rate +0.5\nfinal rate +0$/m)
  })

  test("may be TypeScript", async () => {
    await writeFile(at("run.ts"), "const batch: number = 6\nexport default { batch, seed: 4 }\n")
    const { stdout } = await tubelet("pretrain", "--config", at("run.ts"), "--dry-run", "--json")
    expect(JSON.parse(stdout)).toMatchObject({ batch: 6, seed: 4 })
  })

  test.each([
    ['{ "bach": 2 }', /unknown field "bach"/],
    ['{ "batch": "two" }', /batch in .* must be .+, got "two"/],
    ["{ batch }", /is not JSON/],
    ["[1]", /is not a config/],
  ])("with %s is refused", async (content, message) => {
    await writeFile(at("wrong.json"), content)
    const { code, stderr } = await tubelet("pretrain", "--dry-run", "--config", at("wrong.json"))
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test.each([
    ["run.json", "utf8", 0],
    ["run.JSON", "utf8", 0],
    ["run.ts", "utf8", 0],
    ["run.json", "utf16le", 2],
    ["run.ts", "utf16le", 1],
  ] as const)("%s with a byte-order mark in %s: exit code %i", async (name, encoding, exit) => {
    const content = name.endsWith("ts") ? "export default { batch: 6 }" : '{ "batch": 6 }'
    await writeFile(at(name), `\ufeff${content}`, encoding)
    const run = await tubelet("pretrain", "--config", at(name), "--dry-run", "--json")
    expect(run.code).toBe(exit)
    if (exit === 0) expect(JSON.parse(run.stdout)).toMatchObject({ batch: 6 })
    else expect(run.stderr).toMatch(/run\.(json|ts) is text in UTF-16\nsave it as UTF-8/)
  })

  test("the resolved one is the same run", async () => {
    const dryRun = (...argv: string[]) => tubelet("pretrain", "--dry-run", "--json", ...argv)
    const flags = ["--data", at("clips"), "--model", "videomae-s", "--epochs", "7", "--batch", "2"]
    const { stdout } = await dryRun(...flags)
    await writeFile(at("resolved.json"), stdout)
    expect((await dryRun("--config", at("resolved.json"))).stdout).toBe(stdout)
  })
})

test("an error's code says what to do in terms of flags", () => {
  const raise = (code?: string) =>
    described(new TubeletError("too few", "pass `allowMissing: true`", { ...(code && { code }) }), {
      allowMissing: yes("continue"),
    })
  expect(raise("MOST_CLIPS_BAD").advice).toMatch(/; --allow-missing continues/)
  expect(raise("ANOTHER").advice).toBe("pass `allowMissing: true`")
  expect(raise().advice).toBe("pass `allowMissing: true`")
})

test("advice names only flags that the command has", () => {
  const raise = (flags: Flags) =>
    described(new TubeletError("no memory", "", { code: "OUT_OF_MEMORY" }), flags).advice
  expect(raise({ workers: whole("") })).toMatch(/^set fewer --workers; end other programs/)
  expect(raise({})).toMatch(/^end other programs/)
})

test("a system error is a reason and what to do", () => {
  const raised = (code: string) => described(Object.assign(new Error("x"), { code, path: "a.txt" }))
  const full = { message: "a.txt: the disk is full", advice: expect.stringMatching(/^free some/) }
  expect(raised("ENOSPC")).toEqual(full)
  expect(raised("ENOENT")).toEqual({
    message: "a.txt: no such file or folder",
    advice: "check the path",
  })
})
