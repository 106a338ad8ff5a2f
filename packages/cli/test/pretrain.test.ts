import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import {
  fromFloats,
  huggingFaceNames,
  openCheckpoint,
  writeModel,
  writePth,
  writeSafetensors,
} from "@tubelet/checkpoint"
import { sizeOf } from "@tubelet/core"
import { type PretrainConfig, presetConfig, pretrainModel } from "@tubelet/models"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { makeProject, tinyModel, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)
beforeEach(async () => {
  folder = await makeProject()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const pretrain = (...argv: string[]) =>
  tubelet("pretrain", "--config", at("tiny.json"), "--data", at("clips"), ...argv)

describe("pretrain", () => {
  test("leaves a run's folder; --json prints one object", async () => {
    const { code, stdout, stderr } = await pretrain("--out", at("run"), "--json")
    expect(code).toBe(0)
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ finished: true, step: 8, steps: 8, out: at("run") })
    expect(result.checkpoint).toBe(at("run", "checkpoint-000008"))
    expect(stderr).toMatch(/step 8\/8 \| loss [\d.]+ \| .* samples\/s \| data wait .* \| ETA 0 s/)
    const config = JSON.parse(await readFile(at("run", "config.json"), "utf8"))
    expect(config).toMatchObject({ batch: 2, steps: 8, masking: "tube", decoderMaskRatio: 0.5 })
    const checkpoints = ["checkpoint-000006", "checkpoint-000007", "checkpoint-000008"]
    const names = ["baselines.json", ...checkpoints, "config.json", "epochs.csv", "metrics.jsonl"]
    expect((await readdir(at("run"))).sort()).toEqual(names)
  })

  test("says so where nothing is left, and where a run is in the way", async () => {
    await pretrain("--out", at("run"))
    const again = await tubelet("pretrain", "--out", at("run"), "--resume")
    expect(again).toMatchObject({ code: 0 })
    expect(again.stdout).toMatch(/already finished/)
    const other = await pretrain("--out", at("run"))
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(/already contains a run .*\n.*--resume/)
  })

  test("says where few samples a step make the rate small, unless it was given", async () => {
    const hint = /learning rate 7.8125e-6 = 1e-3 x 2 \/ 256: .*low.* try --lr 1e-3/
    const ruled = await pretrain("--out", at("run"), "--base-lr", "1e-3", "--steps", "1")
    expect(ruled.stderr).toMatch(hint)
    const resumed = await tubelet("pretrain", "--out", at("run"), "--resume", "--steps", "2")
    expect(resumed.stderr).not.toMatch(/learning rate/)
    expect(resumed.stderr).toMatch(/^resuming after step 1 of 2, epoch 0$/m)
  })

  test("a start that fails leaves nothing behind, and of a run what was there", async () => {
    const files = async () => (await readdir(at("run"))).sort()
    await writeFile(at("gone.txt"), `${at("clips/gone-1")}\n${at("clips/gone-2")}\n`)
    const broken = ["--data", at("gone.txt"), "--out", at("run"), "--batch", "1"]
    expect((await pretrain(...broken)).code).toBe(1)
    await expect(files()).rejects.toThrow("ENOENT")
    expect((await pretrain("--out", at("run"), "--steps", "2")).code).toBe(0)
    const left = [await files(), await readFile(at("run", "config.json"), "utf8")]
    const resumed = [...broken, "--resume", "--steps", "4", "--batch", "2", "--keep", "1"]
    expect((await pretrain(...resumed)).code).toBe(1)
    expect([await files(), await readFile(at("run", "config.json"), "utf8")]).toEqual(left)
  })

  test("refuses to go on as another run, and says what differs", async () => {
    await pretrain("--out", at("run"), "--steps", "2")
    const change = ["--target", "normalised", "--mask-ratio", "0.5", "--stride", "2"]
    const resumed = await tubelet("pretrain", "--out", at("run"), "--resume", ...change)
    expect(resumed.code).toBe(1)
    const [what, advice] = resumed.stderr.trim().split("\n").slice(-2)
    const [target, ratio] = ["target pixels, not normalised", "masking.ratio 0.75, not 0.5"]
    const differences = `${target}; ${ratio}; sampling.stride 1, not 2`
    expect(what).toBe(`error: the run was started with ${differences}`)
    expect(advice).toMatch(/resume it with the same settings, or .* in another folder/)
  })

  test("goes on for longer when resumed with epochs instead of its steps", async () => {
    await pretrain("--out", at("run"))
    const more = ["--out", at("run"), "--resume", "--epochs", "5", "--json"]
    const { stdout } = await tubelet("pretrain", ...more)
    expect(JSON.parse(stdout)).toMatchObject({ step: 10, finished: true })
  })

  test("goes on for longer when resumed with more steps", async () => {
    await pretrain("--out", at("run"))
    const more = await tubelet(
      "pretrain",
      "--out",
      at("run"),
      "--resume",
      "--steps",
      "10",
      "--json",
    )
    expect(JSON.parse(more.stdout)).toMatchObject({ step: 10, finished: true })
    const lines = (await readFile(at("run", "metrics.jsonl"), "utf8")).trim().split("\n")
    expect(lines.map((l) => JSON.parse(l).step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test("resumes from files that an editor gave a byte-order mark", async () => {
    await pretrain("--out", at("run"), "--steps", "2")
    const files = ["config.json", "metrics.jsonl", "checkpoint-000002/state.json"]
    for (const name of files) {
      const text = await readFile(at("run", name), "utf8")
      await writeFile(at("run", name), `\ufeff${text}`)
    }
    const more = await tubelet("pretrain", "--out", at("run"), "--resume", "--steps", "3")
    expect(more.code).toBe(0)
    const lines = (await readFile(at("run", "metrics.jsonl"), "utf8")).trim().split("\n")
    expect(lines.map((line) => JSON.parse(line.replace("\ufeff", "")).step)).toEqual([1, 2, 3])
  })

  test("takes a custom masking, and weights to begin with", async () => {
    await writeFile(
      at("corner.ts"),
      `import { defineMasking } from "@tubelet/masking"
export default defineMasking({
  name: "corner",
  keep: () => 4,
  sample: ({ keep }) => Int32Array.from({ length: keep }, (_, i) => i),
})`,
    )
    const first = await pretrain("--out", at("run"), "--masking", at("corner.ts"))
    expect(first.code).toBe(0)
    const second = await pretrain("--out", at("next"), "--init", at("run"), "--lr", "0")
    expect(second.code).toBe(0)
    const weights = (run: string) => readFile(at(run, "checkpoint-000008", "model.safetensors"))
    expect((await weights("next")).equals(await weights("run"))).toBe(true)
  })

  test("names the run's masking file where it was moved; its new place will do", async () => {
    const source = `export default {
  name: "first",
  keep: () => 8,
  sample: ({ keep }) => Int32Array.from({ length: keep }, (_, i) => i),
}`
    await writeFile(at("first.ts"), source)
    await pretrain("--out", at("run"), "--masking", at("first.ts"), "--steps", "1")
    await rename(at("first.ts"), at("moved.ts"))
    const more = ["pretrain", "--out", at("run"), "--resume", "--steps", "2"]
    const given = ["reconstruct", at("clips/clip-0"), "--checkpoint", at("run")]
    for (const argv of [more, given]) {
      const { code, stderr } = await tubelet(...argv)
      expect(code).toBe(1)
      expect(stderr).toMatch(/run.*config\.json .* file .*first\.ts, which.*\n.*--masking FILE/)
    }
    expect((await tubelet(...more, "--masking", at("moved.ts"))).code).toBe(0)
  })

  test("--find-nan names the op that broke, with its line", async () => {
    const { code, stderr } = await pretrain("--out", at("run"), "--lr", "1e30", "--find-nan")
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /error: \w+ \(\/.*\.ts:\d+:\d+\) is the first op with a non-finite result/,
    )
    expect(stderr).toMatch(/, while computing \S+; its inputs are finite, .* \(in step \d/)
  })

  test("skips a bad clip, and says which", async () => {
    await writeFile(at("list.txt"), `${at("clips/gone.mp4")}\n${at("clips/clip-1")}\n`)
    const run = await pretrain("--data", at("list.txt"), "--out", at("run"))
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(/see what it learned: .+reconstruct \S+\/clip-1 --checkpoint/)
    expect(run.stderr).toMatch(/1 of 2 clips is missing, such as .*gone.mp4/)
    const state = await readFile(at("run", "checkpoint-000008", "state.json"), "utf8")
    expect(JSON.parse(state).skipped).toMatchObject([{ path: at("clips/gone.mp4") }])
  })
})

test.each([
  ["pretrain", ["--data", "clips", "--mask-ratio", "0"], "masks none of 32 tokens"],
  ["pretrain", ["--data", "clips", "--mask-ratio", "1"], "masks all 32 tokens"],
  [
    "preview",
    ["clips/clip-0", "--frames", "4", "--size", "32", "--mask-ratio", "1"],
    "masks all 8",
  ],
] as const)(
  "%s says which ratios mask some tokens, and leaves nothing",
  async (command, given, what) => {
    const out = at("unmasked")
    const config = command === "pretrain" ? ["--config", at("tiny.json")] : []
    const argv = given.map((text) => text.replace(/^clips/, at("clips")))
    const { code, stderr } = await tubelet(command, ...config, ...argv, "--out", out)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(`masking "[\\w-]+" at a ratio of [01] ${what}.*\\nchoose a ratio from`),
    )
    await expect(readdir(out)).rejects.toThrow("ENOENT")
  },
)

test("--resume without a run says that there is none", async () => {
  const { code, stderr } = await tubelet("pretrain", "--out", at("nowhere"), "--resume")
  expect(code).toBe(2)
  expect(stderr).toMatch(/there is no run to resume in .*nowhere/)
})

describe("reconstruct", () => {
  test("says which frames are not the video's own", async () => {
    await pretrain("--out", at("run"))
    const [first] = (await readdir(at("clips/clip-0"))).sort().slice(1)
    await writeFile(at("clips/clip-0", first), "damaged")
    const given = [at("clips/clip-0"), "--checkpoint", at("run"), "--out", at("pictures")]
    const { code, stderr } = await tubelet("reconstruct", ...given, "--stride", "1")
    expect(code).toBe(0)
    expect(stderr).toMatch(/1 of \d+ frames could not be read/)
  })

  test("writes panels, and says whose statistics were used", async () => {
    await pretrain("--out", at("run"), "--target", "normalised")
    const given = [at("clips/clip-0"), "--checkpoint", at("run"), "--out", at("pictures")]
    const { code, stdout } = await tubelet("reconstruct", ...given)
    expect(code).toBe(0)
    expect(stdout).toMatch(/mean and standard deviation of the input/)
    const files = ["clip-0.json", "clip-0.mp4", "clip-0.png"]
    expect((await readdir(at("pictures"))).sort()).toEqual(files)
  })

  test("takes a custom mask", async () => {
    await pretrain("--out", at("run"))
    const mask = Array.from({ length: 32 }, (_, i) => (i < 8 ? 0 : 1))
    await writeFile(at("mask.json"), JSON.stringify(mask))
    const given = [at("clips/clip-0"), "--checkpoint", at("run"), "--out", at("pictures")]
    const run = await tubelet("reconstruct", ...given, "--mask", at("mask.json"), "--json")
    expect(JSON.parse(run.stdout)).toMatchObject({ hidden: 0.75, statistics: "none" })
    await writeFile(at("mask.json"), "[0, 1]")
    const refused = await tubelet("reconstruct", ...given, "--mask", at("mask.json"))
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/JSON array of 32 numbers/)
  })
})

describe("reconstruct needs no --model", () => {
  const painted = async (checkpoint: string, input = "clips/clip-0") => {
    const same = ["--stride", "1", "--mask-ratio", "0.75", "--json"]
    const given = [at(input), "--checkpoint", checkpoint, ...same]
    const { stdout, stderr } = await tubelet("reconstruct", ...given, "--out", at("pictures"))
    return { ...JSON.parse(stdout), stderr }
  }

  test("beside Hugging Face's config.json, which names the target too", async () => {
    await pretrain("--out", at("run"), "--steps", "1")
    await tubelet("convert", at("run"), "--to", "hf", "--out", at("theirs"))
    const [ours, theirs] = [await painted(at("run")), await painted(at("theirs"))]
    // They differ in the eps of the decoder's norm.
    expect(theirs.loss).toBeCloseTo(ours.loss, 4)
    expect(theirs.statistics).toBe("none")
    expect(theirs.stderr).not.toMatch(/assumed/)
  })

  test("where shapes show it; what they do not is assumed, and said", async () => {
    const config = { ...tinyModel, system: "mae", frames: 1, tubelet: 1 } as PretrainConfig
    const model = pretrainModel(config)
    const tensors = Object.entries(model.initialise(0)).map(([name, data]) => {
      return [name, fromFloats(model.specs[name].shape, data)] as const
    })
    await writePth(at("mae.pth"), Object.fromEntries(tensors))
    const { statistics, stderr } = await painted(at("mae.pth"), "clips/clip-0/img_00001.png")
    expect(statistics).toBe("input")
    expect(stderr).toMatch(/the checkpoint is mae; assumed: encoder\.heads 3, decoder\.heads \d/)
    expect(stderr).toMatch(/assuming the model predicts normalised pixels.* --target pixels/)
  })
})

test("--init and reconstruct take files of PyTorch, of Hugging Face and the hub", async () => {
  await pretrain("--out", at("run"), "--steps", "1")
  const saved = await openCheckpoint(at("run"))
  await writePth(at("official.pth"), Object.fromEntries(saved.tensors))
  await writeModel(at("theirs"), Object.fromEntries(huggingFaceNames(saved).tensors))
  await cacheAsHub(at("theirs"))
  for (const from of [at("official.pth"), at("theirs"), "hf:owner/name"]) {
    const out = at("from", basename(from))
    const { code, stderr } = await pretrain(
      "--out",
      out,
      "--init",
      from,
      "--lr",
      "0",
      "--steps",
      "1",
    )
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const begun = await openCheckpoint(out)
    expect(await begun.read("mask_token")).toEqual(await saved.read("mask_token"))
    await begun.close()
  }
  await saved.close()
  const given = [at("clips/clip-0"), "--checkpoint", at("official.pth"), "--out", at("pictures")]
  const model = ["--model", at("tiny.json"), "--target", "pixels"]
  const painted = await tubelet("reconstruct", ...given, ...model)
  expect(painted).toMatchObject({ code: 0 })
})

/** Makes a folder the model `hf:owner/name` of a hub's cache, with no network. */
async function cacheAsHub(model: string): Promise<void> {
  const commit = "0123456789abcdef0123456789abcdef01234567"
  const repository = at("hub", "hub", "models--owner--name")
  await cp(model, join(repository, "snapshots", commit), { recursive: true })
  await mkdir(join(repository, "refs"))
  await writeFile(join(repository, "refs", "main"), commit)
  vi.stubEnv("HF_HOME", at("hub"))
  vi.stubEnv("HF_HUB_OFFLINE", "1")
}

describe("a checkpoint is refused, with the reason,", () => {
  const reconstruct = (checkpoint: string, ...more: string[]) =>
    tubelet("reconstruct", at("clips/clip-0"), "--checkpoint", checkpoint, ...more)
  const weight = { dtype: "F32", shape: [1], bytes: new Uint8Array(4) } as const

  test("that contains only an encoder", async () => {
    await writeSafetensors(at("encoder.safetensors"), { "encoder.norm.weight": weight })
    const { code, stderr } = await reconstruct(at("encoder.safetensors"))
    expect(code).toBe(1)
    expect(stderr).toMatch(/contains only an encoder: reconstruction needs the .* decoder/)
  })

  test("to start from that contains only an encoder, or another model", async () => {
    await writeSafetensors(at("encoder.safetensors"), { "encoder.norm.weight": weight })
    const begun = await pretrain("--init", at("encoder.safetensors"), "--out", at("run"))
    expect(begun.code).toBe(1)
    expect(begun.stderr).toMatch(/only an encoder: --init needs .*\n.*omit --init/)
    const { specs } = pretrainModel(presetConfig("videomae-ti"))
    const tensors = Object.entries(specs).map(([name, { shape }]) => {
      return [name, fromFloats(shape, new Float32Array(sizeOf(shape)))] as const
    })
    await writeSafetensors(at("ti.safetensors"), Object.fromEntries(tensors))
    const other = await pretrain("--init", at("ti.safetensors"), "--out", at("run"))
    expect(other.stderr).toMatch(/does not fit .*\n.*shapes match videomae-ti/)
  })

  test("that does not say which model it is, or is another", async () => {
    await writeSafetensors(at("some.safetensors"), { "decoder.norm.weight": weight })
    const nameless = await reconstruct(at("some.safetensors"))
    expect(nameless.stderr).toMatch(/cannot identify the model .*\n.*--model/)
    const other = await reconstruct(at("some.safetensors"), "--model", "videomae-ti")
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(/does not fit the model: \d+ missing \(/)
  })

  test("that is cut short", async () => {
    await writeFile(at("short.safetensors"), "short")
    const { code, stderr } = await reconstruct(at("short.safetensors"))
    expect(code).toBe(1)
    expect(stderr).toMatch(/short.safetensors/)
    expect(stderr.trim().split("\n")).toHaveLength(2)
  })
})

test("preview warns of some damaged frames; of damaged ones alone it makes nothing", async () => {
  const frames = (await readdir(at("clips/clip-0"))).sort()
  const given = [at("clips/clip-0"), "--frames", "4", "--stride", "1", "--size", "32", "--json"]
  const preview = () => tubelet("preview", ...given, "--out", at("preview"))
  await writeFile(at("clips/clip-0", frames[1]), "damaged")
  const some = await preview()
  expect(some.code).toBe(0)
  expect(some.stderr).toMatch(/1 of 4 frames could not be read/)
  const valid = JSON.parse(some.stdout).frames.map((f: { valid: boolean }) => f.valid)
  expect(valid).toEqual([true, false, true, true])
  const clip = new URL("../../../examples/clips/street-01.mp4", import.meta.url)
  const bytes = await readFile(clip)
  await writeFile(at("zeros.mp4"), bytes.fill(0, bytes.indexOf("mdat") + 2004))
  const none = await tubelet("preview", at("zeros.mp4"), "--out", at("preview"), "--json")
  expect(none.code).toBe(1)
  const what = /zeros.mp4: none of the clip's 16 frames could be read/
  expect(JSON.parse(none.stdout).error.message).toMatch(what)
})

test("preview writes what the loader feeds", async () => {
  const given = [at("clips/clip-1"), "--frames", "4", "--stride", "1", "--size", "32"]
  const { code, stdout } = await tubelet("preview", ...given, "--out", at("preview"), "--json")
  expect(code).toBe(0)
  const { source, frames } = JSON.parse(stdout)
  const facts = ["width", "height", "rotation", "duration", "frameRate", "codec"]
  expect(Object.keys(source)).toEqual(facts)
  expect(source).toMatchObject({ width: 48, height: 40 })
  expect(frames).toHaveLength(4)
  expect(frames[0]).toEqual({ timestamp: 0, valid: true })
  const names = ["contact-sheet.png", "frame-000.png", "frame-001.png", "frame-002.png"]
  const rest = ["frame-003.png", "preview.json"]
  expect((await readdir(at("preview"))).sort()).toEqual([...names, ...rest])
})

test("doctor finds Node, the CPU backend and what is missing, with the fix", async () => {
  const { code, stdout } = await tubelet("doctor", "--json")
  expect(code).toBe(0)
  const { findings } = JSON.parse(stdout)
  for (const { state, fix } of findings) if (state === "missing") expect(fix).toBeTruthy()
  const names = findings.map((f: { name: string }) => f.name)
  expect(names).toContain("ONNX Runtime")
  expect(names).toContain("video decoder")
})

test("bench data times clips", async () => {
  const argv = [
    "bench",
    "data",
    at("clips/clip-0/img_00001.png"),
    "--frames",
    "1",
    "--batches",
    "2",
  ]
  const { stdout } = await tubelet(...argv, "--workers", "0", "--json")
  expect(JSON.parse(stdout)).toMatchObject({ clips: 8, files: 1, skipped: 0 })
})

describe("cache", () => {
  test("makes a folder that pretrain and bench data take; --json prints one object", async () => {
    const argv = ["cache", at("clips"), "--out", at("cached"), "--frames", "4", "--stride", "1"]
    const made = await tubelet(...argv, "--workers", "0", "--json")
    expect(made.code).toBe(0)
    expect(JSON.parse(made.stdout)).toMatchObject({ finished: true, clips: 3, unreadable: 0 })
    const again = await tubelet(...argv, "--workers", "0")
    expect(again.stdout).toMatch(/^3 clips in /)
    const sizes = ["--frames", "4", "--stride", "1", "--size", "32"]
    const counts = ["--workers", "0", "--batches", "2", "--json"]
    const bench = await tubelet("bench", "data", at("cached"), ...sizes, ...counts)
    expect(JSON.parse(bench.stdout)).toMatchObject({ clips: 8, files: 3, skipped: 0 })
    const flags = ["--data", at("cached"), "--repeats", "2", "--steps", "2", "--out", at("run")]
    const run = await tubelet("pretrain", "--config", at("tiny.json"), ...flags, "--json")
    expect(JSON.parse(run.stdout)).toMatchObject({ finished: true, step: 2 })
    const config = JSON.parse(await readFile(at("run", "config.json"), "utf8"))
    expect(config).toMatchObject({ repeats: 2, batch: 2, stride: 1 })
    expect(run.stderr).not.toMatch(/unfinished/)
  })

  test("that is unfinished is reported; the same command finishes it", async () => {
    const argv = ["cache", at("clips"), "--out", at("cached"), "--frames", "4", "--stride", "1"]
    await tubelet(...argv, "--workers", "0")
    const index = at("cached", "index.jsonl")
    const [first] = (await readFile(index, "utf8")).split("\n")
    await writeFile(index, `${first}\n`)
    const flags = ["--data", at("cached"), "--out", at("run"), "--dry-run"]
    const { stderr } = await tubelet("pretrain", "--config", at("tiny.json"), ...flags)
    expect(stderr).toMatch(/cached is unfinished, with 1 of 3 clips; .* frames 4, stride 1/)
    expect((await tubelet(...argv)).stdout).toMatch(/^3 clips in /)
    const again = await tubelet("pretrain", "--config", at("tiny.json"), ...flags)
    expect(again.stderr).not.toMatch(/unfinished/)
  })

  test("says what is wrong", async () => {
    const missing = await tubelet("cache", at("clips"))
    expect(missing.code).toBe(2)
    expect(missing.stderr).toMatch(/--out is missing/)
    const other = ["--frames", "4", "--workers", "0", "--out", at("cached")]
    await tubelet("cache", at("clips"), "--stride", "1", ...other)
    const clash = await tubelet("cache", at("clips"), "--stride", "2", ...other)
    expect(clash.stderr).toMatch(/contains a cache with stride 1, not 2/)
  })
})
