import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { cpuBackend } from "@tubelet/backend-cpu"
import { referenceBackend } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import { setFolder } from "../src/verify/folder.js"
import { verifySet } from "../src/verify/index.js"
import { tubelet } from "./project.js"
import { describeGoldenSets, goldenSets } from "./support/golden-sets.js"
import { copyOf, golden, move } from "./support/set-copy.js"
import { folderOf } from "./support/set-folder.js"

for (const backend of [await cpuBackend(), referenceBackend()]) {
  describeGoldenSets(backend, folderOf)
}

test("there is a set of every kind", () => {
  const systems = ["mae", "videomae", "videomaev2"]
  const tasks = ["pretrain", "trajectory", "finetune", "finetune-trajectory"]
  const kinds = systems.flatMap((system) => tasks.map((task) => `${system}-${task}`))
  const theirs = ["hf-videomae", "hf-vitmae"].flatMap((s) => [`${s}-pretrain`, `${s}-finetune`])
  const kindsAtHand = Object.keys(goldenSets).map((set) => set.replace(/-(tiny|odd).*/, ""))
  expect(new Set(kindsAtHand)).toEqual(new Set([...kinds, ...theirs]))
})

test("verify leaves no handles behind", async () => {
  const backend = await cpuBackend()
  const set = setFolder(join(golden, "mae-trajectory-tiny"))
  const bytesAfter = async () => {
    await verifySet(backend, set)
    return backend.memory().bytesInUse
  }
  const first = await bytesAfter() // What compiled functions share is kept by the backend.
  expect(await bytesAfter()).toBe(first)
  await backend.dispose()
  const reference = referenceBackend()
  await verifySet(reference, set)
  expect(reference.memory().bytesInUse).toBe(0)
})

const own = Object.keys(goldenSets).filter((set) => goldenSets[set].folder === golden)

test.each(own)("no tensor of %s passes once its last number is moved", async (name) => {
  const set = await copyOf(name)
  const moved = await move(set)
  const checks = await verifySet(await cpuBackend(), setFolder(set))
  expect(checks.filter((c) => c.pass)).toEqual([])
  expect(checks.map((c) => c.name)).toEqual(moved)
})

describe.each([
  ["mae-trajectory-tiny", ["loss", "lr"]],
  ["videomae-finetune-trajectory-tiny", ["grad_norm"]],
  ["videomaev2-finetune-tiny", ["block.0", "grad.blocks.1.attn.scale"]],
  ["videomaev2-trajectory-odd", ["noclip.final.encoder.blocks.0.gamma_1"]],
  ["hf-vitmae-finetune-odd", ["logits"]],
])("tubelet verify %s", (name, tensors) => {
  test("passes as it was made", async () => {
    const { code, stdout } = await tubelet("verify", await copyOf(name))
    expect(code).toBe(0)
    expect(stdout).toMatch(/: (\d+) of \1 tensors match\n\1 passed, 0 failed on cpu/)
  })

  test.each(tensors)("one number of %s, moved by 0.001, fails it by name", async (tensor) => {
    const set = await copyOf(name)
    await move(set, [tensor])
    const { code, stdout } = await tubelet("verify", set, "--json")
    expect(code).toBe(1)
    const { checks, failed } = JSON.parse(stdout)
    expect(failed).toBe(1)
    expect(checks.filter((c: { pass: boolean }) => !c.pass)).toMatchObject([{ name: tensor }])
  })
})

describe("a set that cannot be read fails with the reason", () => {
  test.each([
    ["weights.safetensors", "check the path"],
    ["inputs.safetensors", "check the path"],
    ["outputs.safetensors", "check the path"],
    ["meta.json", "check the path"],
  ])("without its %s", async (file, advice) => {
    const set = await copyOf("mae-trajectory-tiny")
    await rm(join(set, file))
    const { code, stderr } = await tubelet("verify", set)
    expect(code).toBe(1)
    expect(stderr).toContain(file)
    const { stdout } = await tubelet("verify", set, "--json")
    const { failed, unreadable } = JSON.parse(stdout)
    expect(failed).toBe(1)
    expect(unreadable).toMatchObject([{ set: "mae-trajectory-tiny", advice }])
    expect(unreadable[0].message).toContain(file)
  })

  test.each(["inputs.safetensors", "outputs.safetensors", "weights.safetensors", "meta.json"])(
    "where its %s is damaged, and the sets beside it are compared",
    async (file) => {
      const set = await copyOf("mae-trajectory-tiny")
      await writeFile(join(set, file), "<html>not found</html>")
      const sound = join(golden, "hf-vitmae-finetune-odd")
      const { code, stdout } = await tubelet("verify", set, sound, "--json")
      const { passed, failed, unreadable } = JSON.parse(stdout)
      expect({ code, passed, failed }).toEqual({ code: 1, passed: 2, failed: 1 })
      expect(unreadable[0].message).toContain(file)
    },
  )
})
