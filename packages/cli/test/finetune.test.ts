import { existsSync } from "node:fs"
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { openSafetensors } from "@tubelet/checkpoint"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeActions, makeBadClip, makeProject, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await makeProject()
  await makeActions(folder)
  const { code, stderr } = await pretrain()
  expect(code, stderr).toBe(0)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const pretrain = () =>
  tubelet("pretrain", "--config", at("tiny.json"), "--data", at("clips"), "--out", at("pre"))

const finetune = (out: string, ...argv: string[]) =>
  tubelet(
    ...["finetune", "--init", at("pre"), "--data", at("actions"), "--out", at(out)],
    ...["--batch", "2", "--steps", "4", "--save-every", "2", "--lr", "1e-3", "--stride", "1"],
    ...["--workers", "0", "--threads", "1", "--backend", "cpu", ...argv],
  )

test("learns from train, scores val, and keeps the names of the classes", async () => {
  const { code, stdout, stderr } = await finetune("first", "--json")
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/15 of 15 encoder tensors from .*; new: fc_norm, head/)
  expect(stderr).toMatch(/step 2: top-1 (0|50|100)\.0%/)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ out: at("first"), finished: true, step: 4, steps: 4, top5: 1 })
  const { step, top1 } = JSON.parse(await readFile(at("first/best/state.json"), "utf8"))
  expect([2, 4]).toContain(step)
  expect(result.best).toEqual({ step, top1 })
  expect(top1).toBeGreaterThanOrEqual(result.top1)
  expect(stderr).toMatch(/with the best weights \(step \d.*--checkpoint .*first\/best\n/)
  const labels = JSON.parse(await readFile(at("first/labels.json"), "utf8"))
  expect(labels).toEqual({ id2label: { 0: "run", 1: "walk" } })
  const inspected = await tubelet("inspect", at("first"), "--json")
  expect(JSON.parse(inspected.stdout)).toMatchObject({
    model: { config: { classes: 2, frames: 4 } },
  })
})

test("learns from a cache of labelled clips, and scores its val", async () => {
  const sizes = ["--frames", "4", "--stride", "1", "--workers", "0"]
  const made = await tubelet("cache", at("actions"), "--out", at("cached"), ...sizes)
  expect(made.code, made.stderr).toBe(0)
  const { code, stdout, stderr } = await tubelet(
    ...["finetune", "--init", at("pre"), "--data", at("cached"), "--out", at("of-cache")],
    ...["--batch", "2", "--steps", "2", "--lr", "1e-3", "--workers", "0", "--threads", "1"],
    ...["--backend", "cpu", "--json"],
  )
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ finished: true, step: 2, top5: 1 })
  const labels = JSON.parse(await readFile(at("of-cache/labels.json"), "utf8"))
  expect(labels).toEqual({ id2label: { 0: "run", 1: "walk" } })
})

test("a finished run that is resumed tells its scores again", async () => {
  const { code, stdout, stderr } = await tubelet(
    "finetune",
    "--out",
    at("first"),
    "--resume",
    "--json",
  )
  expect(code, stderr).toBe(0)
  const { scores } = JSON.parse(
    (await readFile(at("first/metrics.jsonl"), "utf8")).trim().split("\n").at(-1)!,
  )
  const { top1, top5 } = scores
  expect(JSON.parse(stdout)).toMatchObject({
    finished: true,
    top1,
    top5,
    best: { step: expect.any(Number) },
  })
})

test("the best weights can be used as a checkpoint", async () => {
  await cp(at("first/best"), at("alone"), { recursive: true })
  const flags = ["--checkpoint", at("alone"), "--backend", "cpu", "--workers", "0", "--json"]
  const { code, stdout, stderr } = await tubelet("predict", at("actions/val/run/a"), ...flags)
  expect(code, stderr).toBe(0)
  const [{ predictions }] = JSON.parse(stdout).results
  expect(predictions.map(({ name }: { name: string }) => name).sort()).toEqual(["run", "walk"])
  const data = ["--data", at("actions"), "--out", at("best-scores")]
  const scored = await tubelet("evaluate", ...data, ...flags)
  expect(scored.code, scored.stderr).toBe(0)
  const { top1 } = JSON.parse(await readFile(at("alone/state.json"), "utf8"))
  expect(JSON.parse(scored.stdout).top1).toBe(top1)
})

test("an export to Hugging Face has the names of the classes", async () => {
  const convert = (from: string) =>
    tubelet("convert", at(from), "--to", "hf", "--out", at(`hf-${from}`))
  for (const from of ["first", "first/best"]) {
    const { code, stderr } = await convert(from)
    expect(code, stderr).toBe(0)
    const config = JSON.parse(await readFile(at(`hf-${from}/config.json`), "utf8"))
    expect(config).toMatchObject({
      id2label: { 0: "run", 1: "walk" },
      label2id: { run: 0, walk: 1 },
    })
    expect(existsSync(at(`hf-${from}/preprocessor_config.json`))).toBe(true)
  }
  await cp(at("first/best"), at("renamed"), { recursive: true })
  await writeFile(at("renamed/labels.json"), JSON.stringify({ id2label: { 0: "run" } }))
  const { code, stderr } = await convert("renamed")
  expect([code, stderr]).toEqual([1, expect.stringMatching(/1 class names, but the model has 2/)])
})

test("event files are written where they are asked for, also by a resumed run", async () => {
  const events = async () => {
    const name = (await readdir(at("events"))).find((one) => one.includes("tfevents"))
    return (await readFile(at("events", name!))).toString("latin1")
  }
  expect((await finetune("events", "--log", "tensorboard", "--steps", "2")).code).toBe(0)
  const first = await events()
  expect(first).toContain("val/top1")
  const { code, stderr } = await tubelet(
    "finetune",
    "--out",
    at("events"),
    "--resume",
    "--steps",
    "3",
  )
  expect(code, stderr).toBe(0)
  expect((await events()).length).toBeGreaterThan(first.length)
})

test("a resumed run ends with the same bytes, without the checkpoint it began with", async () => {
  await cp(at("pre"), at("moved"), { recursive: true })
  expect((await finetune("run", "--init", at("moved"))).code).toBe(0)
  const weights = () => readFile(at("run/checkpoint-000004/model.safetensors"))
  const whole = await weights()
  // As if it had been killed after its second step.
  for (const gone of [at("run/checkpoint-000004"), at("moved")]) await rm(gone, { recursive: true })
  const { code, stderr } = await tubelet("finetune", "--out", at("run"), "--resume")
  expect(code, stderr).toBe(0)
  expect(stderr).toContain("resuming after step 2 of 4")
  expect(await weights()).toEqual(whole)
})

test("evaluate scores a split, and a resumed evaluation writes the same bytes", async () => {
  const evaluate = (out: string, ...argv: string[]) =>
    tubelet(
      ...["evaluate", "--checkpoint", at("first"), "--data", at("actions"), "--views", "2x3"],
      ...["--backend", "cpu", "--workers", "0", "--json", "--out", at(out), ...argv],
    )
  const { code, stdout, stderr } = await evaluate("scores")
  expect(code, stderr).toBe(0)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ clips: 2, views: 6, top5: 1, skipped: 0 })
  expect(result.perClass).toMatchObject([
    { label: 0, name: "run", count: 1 },
    { label: 1, name: "walk", count: 1 },
  ])
  expect(result.meanClass).toBe(result.top1)
  expect(existsSync(at("scores/confusion.png"))).toBe(true)
  await cp(at("scores"), at("cut"), { recursive: true })
  const records = await readFile(at("scores/predictions.jsonl"))
  await writeFile(at("cut/predictions.jsonl"), records.subarray(0, records.length - 20))
  const resumed = await evaluate("cut", "--resume")
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(resumed.stderr).toContain("continuing after 1 of 2 clips")
  const other = await evaluate("cut", "--resume", "--views", "1x1")
  expect(other.stderr).toContain("are those of views 2x3, not 1x1")
  const earlier = ["--checkpoint", at("first/checkpoint-000002")]
  const stale = await evaluate("cut", "--resume", ...earlier)
  expect(stale.stderr).toContain("are those of other weights")
  expect(await readFile(at("cut/predictions.jsonl"))).toEqual(records)
  expect(await readFile(at("cut/metrics.json"))).toEqual(await readFile(at("scores/metrics.json")))
})

test("the surest mistakes are drawn, if there are any", async () => {
  const evaluate = (...argv: string[]) =>
    tubelet(
      ...["evaluate", "--checkpoint", at("first"), "--data", at("actions"), "--backend", "cpu"],
      ...["--workers", "0", "--out", at("mistaken"), ...argv],
    )
  expect((await evaluate()).code).toBe(0)
  const file = at("mistaken/predictions.jsonl")
  const records = (await readFile(file, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
  /** Draws the pictures again, as if the clips had been predicted so. */
  const predicted = async (probabilities: (label: number) => number[]) => {
    const lines = records.map((one) => ({ ...one, probabilities: probabilities(one.label) }))
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
    const { code, stdout, stderr } = await evaluate("--resume")
    expect(code, stderr).toBe(0)
    return stdout
  }
  expect(await predicted((label) => [label, 1 - label])).toContain("mistakes.png")
  expect(existsSync(at("mistaken/mistakes.png"))).toBe(true)
  expect(await predicted((label) => [1 - label, label])).not.toContain("mistakes.png")
  expect(existsSync(at("mistaken/mistakes.png"))).toBe(false)
})

test("an evaluation replaces an earlier one, and leaves a run in its folder alone", async () => {
  const evaluate = (...argv: string[]) =>
    tubelet(
      ...["evaluate", "--checkpoint", at("first"), "--data", at("actions"), "--backend", "cpu"],
      ...["--workers", "0", "--out", at("first"), ...argv],
    )
  const config = await readFile(at("first/config.json"))
  for (const argv of [[], ["--views", "1x3"]]) {
    const { code, stderr } = await evaluate(...argv)
    expect(code, stderr).toBe(0)
  }
  expect(await readFile(at("first/config.json"))).toEqual(config)
  const { views } = JSON.parse(await readFile(at("first/metrics.json"), "utf8"))
  expect(views).toBe(3)
})

test.each(["linear", "attentive"])(
  "probe: a %s head is scored, resumed and opened",
  async (head) => {
    const out = at(`probe-${head}`)
    const probed = (...argv: string[]) =>
      tubelet(
        "probe",
        "--out",
        out,
        "--workers",
        "0",
        "--threads",
        "1",
        "--backend",
        "cpu",
        ...argv,
      )
    const start = ["--init", at("pre"), "--data", at("actions"), "--head", head, "--json"]
    const lengths = ["--batch", "2", "--steps", "4", "--save-every", "2", "--stride", "1"]
    const { code, stdout, stderr } = await probed(...start, ...lengths)
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ step: 4, top1: expect.any(Number) })
    const weights = () => readFile(join(out, "checkpoint-000004/model.safetensors"))
    const whole = await weights()
    await rm(join(out, "checkpoint-000004"), { recursive: true })
    const resumed = await probed("--resume")
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(await weights()).toEqual(whole)
    const scored = await tubelet(
      ...["evaluate", "--checkpoint", out, "--data", at("actions"), "--out", `${out}-scores`],
      ...["--backend", "cpu", "--workers", "0", "--json"],
    )
    expect(scored.code, scored.stderr).toBe(0)
    expect(JSON.parse(scored.stdout)).toMatchObject({ clips: 2, top1: JSON.parse(stdout).top1 })
    const predicted = await tubelet(
      ...["predict", at("actions/val/run/a"), "--checkpoint", out, "--backend", "cpu", "--json"],
    )
    expect(predicted.code, predicted.stderr).toBe(0)
    const [{ predictions }] = JSON.parse(predicted.stdout).results
    expect(predictions.map(({ name }: { name: string }) => name).sort()).toEqual(["run", "walk"])
    const exported = await tubelet("convert", out, "--to", "hf", "--out", `${out}-hf`)
    expect([exported.code, exported.stderr]).toEqual([
      1,
      expect.stringContaining("a head of the kind "),
    ])
  },
)

test("probe: the nearest neighbours of a clip that is also an example are right", async () => {
  const probed = (...argv: string[]) =>
    tubelet(
      ...["probe", "--head", "knn", "--init", at("pre"), "--data", at("actions"), "--stride", "1"],
      ...["--workers", "0", "--backend", "cpu", "--json", ...argv],
    )
  const { code, stdout, stderr } = await probed()
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ clips: 2, examples: 3, top5: 1, skipped: 0 },
    ...{ out: null, checkpoint: null, best: null, steps: 0, seconds: expect.any(Number) },
  })
  const idle = await probed("--dry-run", "--save-every", "5")
  expect([idle.code, idle.stderr]).toEqual([
    2,
    expect.stringMatching(/--dry-run, --save-every|--save-every, --dry-run/),
  ])
  const same = await probed("--val-data", at("actions/train"), "--allow-duplicates")
  expect(JSON.parse(same.stdout)).toMatchObject({ clips: 3, top1: 1 })
})

test("distil: a student needs no labels, and resumes to the same bytes", async () => {
  const out = at("student")
  const distil = (...argv: string[]) =>
    tubelet(
      "distill",
      "--out",
      out,
      "--workers",
      "0",
      "--threads",
      "1",
      "--backend",
      "cpu",
      ...argv,
    )
  const start = ["--teacher", at("first"), "--init", at("pre"), "--data", at("clips"), "--json"]
  const lengths = ["--batch", "2", "--steps", "4", "--save-every", "2", "--stride", "1"]
  const { code, stdout, stderr } = await distil(
    ...start,
    ...lengths,
    "--val-data",
    at("actions/val"),
  )
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ step: 4, top1: expect.any(Number) })
  const labels = JSON.parse(await readFile(join(out, "labels.json"), "utf8"))
  expect(labels).toEqual({ id2label: { 0: "run", 1: "walk" } })
  const weights = () => readFile(join(out, "checkpoint-000004/model.safetensors"))
  const whole = await weights()
  await rm(join(out, "checkpoint-000004"), { recursive: true })
  const resumed = await distil("--resume")
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(await weights()).toEqual(whole)
  const dry = await distil(...start, "--recipe", "videomaev2/distill-b", "--dry-run")
  expect(JSON.parse(dry.stdout)).toMatchObject({ steps: 90, stride: 4 })
  expect((await distil("--data", at("clips"))).stderr).toMatch(/--teacher is missing/)
  for (const other of [
    ["--size", "16"],
    ["--frames", "8"],
  ]) {
    const refused = await distil(...start, ...lengths, ...other, "--dry-run")
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(
      /but the teacher takes clips of (32 pixels|4 frames), .*\nomit --(size|frames):/,
    )
  }
})

test("distil: labels are the teacher's, whatever the data set's order of classes", async () => {
  const argv = ["--batch", "2", "--steps", "1", "--stride", "1", "--workers", "0"]
  const common = ["--backend", "cpu", "--init", at("pre"), "--data", at("actions"), ...argv]
  const names = at("numbered.txt")
  const numbered = ["--labels", names, "--teacher", at("first"), "--out", at("reordered")]
  await writeFile(names, "walk\nrun\n")
  const { code, stderr } = await tubelet("distill", ...common, ...numbered)
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("the teacher's classes are run, walk"),
  ])
  // A teacher that does not know the names of its classes.
  await cp(at("first"), at("nameless"), { recursive: true })
  await rm(at("nameless/labels.json"))
  const unnamed = await tubelet("distill", ...common, "--teacher", at("nameless"), "--out", at("x"))
  expect(unnamed.code).toBe(1)
  expect(unnamed.stderr).toMatch(/not among the given classes: 0, 1\npass the names/)
})

test("a run is not resumed with other classes, which would shift labels", async () => {
  await cp(at("actions/train/run"), at("actions/train/jump"), { recursive: true })
  const resume = [
    "finetune",
    "--out",
    at("first"),
    "--resume",
    "--steps",
    "6",
    "--allow-duplicates",
  ]
  const { code, stderr } = await tubelet(...resume)
  await rm(at("actions/train/jump"), { recursive: true })
  expect(code).toBe(1)
  expect(stderr).toMatch(/the classes differ from those in .*labels.json/)
})

test("predict names the classes of a clip, and reports one that cannot be read", async () => {
  await makeBadClip(at("actions/val/run"))
  const clips = [at("actions/val/run/a"), at("actions/val/run/bad")]
  const flags = ["--checkpoint", at("first"), "--backend", "cpu", "--workers", "0", "--json"]
  const { code, stdout, stderr } = await tubelet("predict", ...clips, ...flags)
  expect(code, stderr).toBe(0)
  const { results } = JSON.parse(stdout)
  const names = results[0].predictions.map((one: { name: string }) => one.name)
  expect(names.sort()).toEqual(["run", "walk"])
  const sum = (a: number, { probability }: { probability: number }) => a + probability
  expect(results[0].predictions.reduce(sum, 0)).toBeCloseTo(1, 6)
  expect(results[1]).toMatchObject({ input: clips[1], error: expect.any(String) })
  const pretrained = await tubelet("predict", clips[0], "--checkpoint", at("pre"))
  expect(pretrained.stderr).toMatch(
    /is not a classifier.*\npass a checkpoint from tubelet finetune/,
  )
})

test("a recipe sets what the command line leaves open", async () => {
  const settings = async (...argv: string[]) => {
    const { code, stdout, stderr } = await finetune("dry", "--dry-run", "--json", ...argv)
    expect(code, stderr).toBe(0)
    return JSON.parse(stdout)
  }
  const named = await settings("--recipe", "videomaev2/ssv2-b-finetune", "--drop-path", "0.3")
  expect(named).toMatchObject({
    layerDecay: 0.65,
    dropPath: 0.3,
    sampling: "segments",
    directional: true,
  })
  const small = await settings("--recipe", "small-data", "--layer-decay", "0.9")
  expect(small).toMatchObject({
    layerDecay: 0.9,
    dropPath: 0.1,
    mixup: 0,
    cutmix: 0,
    accumulate: 4,
  })
  const refused = (name: string) => finetune("dry", "--dry-run", "--recipe", name)
  expect(await refused("mae/imagenet-b-finetune")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is for mae, but the model is videomaev2"),
  })
  expect((await refused("k400")).stderr).toMatch(/unknown recipe "k400"\ndid you mean \S*k400/)
})

test("a head map keeps the classes of the checkpoint's head", async () => {
  await writeFile(at("map.json"), "[1, 0]")
  const start = ["--init", at("first"), "--lr", "0", "--steps", "1", "--save-every", "1"]
  const { code, stderr } = await finetune("mapped", ...start, "--head-map", at("map.json"))
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/new: none/)
  const head = async (run: string, step: number) => {
    const file = await openSafetensors(at(run, `checkpoint-00000${step}/model.safetensors`))
    const bias = await file.floats("head.bias")
    await file.close()
    return [...bias]
  }
  expect(await head("mapped", 1)).toEqual((await head("first", 4)).reverse())
  await writeFile(at("map.json"), "[1, 2]")
  const wrong = await finetune("wrong-map", ...start, "--head-map", at("map.json"))
  expect(wrong.stderr).toContain("the head map has the entry 2, but head.weight has 2 rows")
})

test("refuses what cannot be meant", async () => {
  const refused = async (...argv: string[]) => {
    const { code, stderr } = await finetune("refused", ...argv)
    expect(code).toBeGreaterThan(0)
    return stderr
  }
  const { code, stderr } = await tubelet("finetune", "--data", at("actions"))
  expect([code, stderr]).toEqual([2, expect.stringMatching(/--init is missing\n.*--allow-fresh/)])
  expect(await refused("--data", at("clips"))).toMatch(/have no labels\nput each class/)
  expect(await refused("--val-data", at("clips"))).toMatch(/clip-0 has no label/)
  expect((await finetune("first")).stderr).toMatch(/--resume/)
  const unscored = await refused("--data", at("actions/train"), "--patience", "2")
  expect(unscored).toMatch(/no clips are scored\n.*--val-data/)
})

test("holds clips out, and never parts a group", async () => {
  for (let i = 0; i < 6; i++) {
    const place = at("own", i % 2 ? "run" : "walk", `person-${i >> 1}`)
    await cp(at("clips", `clip-${i % 3}`), place, { recursive: true })
  }
  const flags = ["--data", at("own"), "--val-fraction", "0.3", "--group-by", "person-\\d"]
  const { code, stderr } = await finetune("held", ...flags, "--steps", "2")
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/step 2: top-1/)
  const split = await readFile(at("held/split.csv"), "utf8")
  const held = split.match(/person-\d,\w+,val/g)!.map((row) => row.slice(0, 8))
  expect([held.length, new Set(held).size]).toEqual([2, 1])
  const config = JSON.parse(await readFile(at("held/config.json"), "utf8"))
  expect(config).toMatchObject({ valFraction: 0.3, groupBy: "person-\\d" })
})

test("evaluate scores what a run held out, and of another data set all clips", async () => {
  const evaluate = async (data: string, out: string) => {
    const { code, stdout, stderr } = await tubelet(
      ...["evaluate", "--checkpoint", at("held"), "--data", at(data), "--out", at(out)],
      ...["--backend", "cpu", "--workers", "0", "--json"],
    )
    expect(code, stderr).toBe(0)
    return JSON.parse(stdout).clips
  }
  await cp(at("own"), at("others"), { recursive: true })
  expect(await evaluate("own", "of-held")).toBe(2)
  expect(await evaluate("others", "of-others")).toBe(6)
})

test("a resumed evaluation does not touch the files of others", async () => {
  await mkdir(at("theirs"))
  await writeFile(at("theirs/predictions.jsonl"), "no line of ours")
  const { code, stderr } = await tubelet(
    ...["evaluate", "--checkpoint", at("first"), "--data", at("actions")],
    ...["--out", at("theirs"), "--resume"],
  )
  expect([code, stderr]).toEqual([1, expect.stringContaining("already exists")])
  expect(await readFile(at("theirs/predictions.jsonl"), "utf8")).toBe("no line of ours")
})

test("a hold-out survives a moved data set, and not a changed one", async () => {
  await cp(at("own"), at("elsewhere", "own"), { recursive: true })
  const resume = (steps: number) =>
    tubelet(
      ...["finetune", "--out", at("held"), "--resume", "--data", at("elsewhere/own")],
      ...["--steps", `${steps}`, "--allow-duplicates"],
    )
  const moved = await resume(3)
  expect(moved.code, moved.stderr).toBe(0)
  expect(moved.stderr).not.toContain("changed")
  await cp(at("clips/clip-0"), at("elsewhere/own/run/person-9"), { recursive: true })
  const { code, stderr } = await resume(4)
  expect(code).toBe(1)
  expect(stderr).toMatch(/training clips have changed \(.*so a different set would be held out/)
})

test("refuses a file to learn from that is also scored, unless allowed", async () => {
  const clips = fileURLToPath(new URL("../../../examples/clips/", import.meta.url))
  const files = { "train/run/a": "cup-01", "train/walk/b": "tree-01", "val/run/c": "cup-01" }
  for (const [place, clip] of Object.entries(files)) {
    await mkdir(dirname(at("twice", place)), { recursive: true })
    await cp(`${clips}${clip}.mp4`, at("twice", `${place}.mp4`))
  }
  const { code, stderr } = await finetune("twice-run", "--data", at("twice"))
  const words = /1 of the validation clips are also training clips.+\n.+--allow-duplicates/
  expect([code, stderr]).toEqual([1, expect.stringMatching(words)])
  const allowed = ["--data", at("twice"), "--allow-duplicates", "--dry-run"]
  expect((await finetune("twice-run", ...allowed)).code).toBe(0)
})
