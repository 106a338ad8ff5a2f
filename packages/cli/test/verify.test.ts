import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { cpuBackend } from "@tubelet/backend-cpu"
import { referenceBackend } from "@tubelet/core/testing"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { setFolder } from "../src/verify/folder.js"
import { verifySet } from "../src/verify/index.js"
import { tubelet } from "./project.js"
import { describeGoldenSets, goldenSets } from "./support/golden-sets.js"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
for (const backend of [await cpuBackend(), referenceBackend()]) {
  describeGoldenSets(backend, (set) => setFolder(`${goldenSets.folder}/${set}`))
}

test("verify leaves no handles behind", async () => {
  const backend = await cpuBackend()
  const set = setFolder(path("./golden/mae-trajectory-tiny"))
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

/** A copy of a set that stands in the project, to be changed. */
async function copyOf(name: string) {
  const folder = await mkdtemp(join(tmpdir(), "tubelet-verify-"))
  const set = join(folder, name)
  await cp(path(`./golden/${name}`), set, { recursive: true })
  return { folder, set }
}

/** Adds 0.001 to the last number of a tensor of a set's outputs. */
async function move(set: string, name: string) {
  const outputs = join(set, "outputs.safetensors")
  const bytes = await readFile(outputs)
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const end = start + JSON.parse(bytes.toString("utf8", 8, start))[name].data_offsets[1]
  bytes.writeFloatLE(bytes.readFloatLE(end - 4) + 0.001, end - 4)
  await writeFile(outputs, bytes)
}

test("a trajectory predicts what its config says: plain pixels are another run", async () => {
  const { folder, set } = await copyOf("mae-trajectory-tiny")
  const meta = JSON.parse(await readFile(join(set, "meta.json"), "utf8"))
  meta.config.norm_pix_loss = false
  await writeFile(join(set, "meta.json"), JSON.stringify(meta))
  const checks = await verifySet(await cpuBackend(), setFolder(set))
  await rm(folder, { recursive: true })
  expect(checks.find((c) => c.name === "loss")?.pass).toBe(false)
  expect(checks.find((c) => c.name === "lr")?.pass).toBe(true)
})

describe.each([
  ["mae-trajectory-tiny", ["loss", "grad_norm", "lr", "final.blocks.0.mlp.fc1.weight"]],
  ["videomae-finetune-trajectory-tiny", ["loss", "grad_norm", "final.head.weight"]],
  ["videomaev2-finetune-tiny", ["block.0", "features", "logits", "grad.blocks.1.attn.scale"]],
])("tubelet verify %s", (name, tensors) => {
  let folder: string
  let set: string
  beforeEach(async () => {
    ;({ folder, set } = await copyOf(name))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test("passes as the authors' code left it", async () => {
    const { code, stdout } = await tubelet("verify", set)
    expect(code).toBe(0)
    expect(stdout).toMatch(/: (\d+) of \1 tensors match\n\1 passed, 0 failed on cpu/)
  })

  test.each(tensors)("one number of %s, moved by 0.001, fails it by name", async (tensor) => {
    await move(set, tensor)
    const { code, stdout } = await tubelet("verify", set, "--json")
    expect(code).toBe(1)
    const { checks, failed } = JSON.parse(stdout)
    expect(failed).toBe(1)
    expect(checks.filter((c: { pass: boolean }) => !c.pass)).toMatchObject([{ name: tensor }])
  })

  test("fails with the reason where it cannot be read", async () => {
    await rm(join(set, "weights.safetensors"))
    const { code, stderr } = await tubelet("verify", set)
    expect(code).toBe(1)
    expect(stderr).toMatch(/weights\.safetensors/)
    const { stdout } = await tubelet("verify", set, "--json")
    const { failed, unreadable } = JSON.parse(stdout)
    expect(failed).toBe(1)
    expect(unreadable).toMatchObject([{ set: name, advice: "check the path" }])
    expect(unreadable[0].message).toMatch(/weights\.safetensors/)
  })
})
