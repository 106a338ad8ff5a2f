import { describe, expect, test } from "vitest"
import { decaysMae, decaysVideo, layerLrScale, layerOf } from "../src/recipe/parameter-groups.js"
import { cosineSchedule, maeLearningRate, scaledRate } from "../src/recipe/schedule.js"
import { goldenJson } from "./golden.js"

type Group = { lr_scale: number; weight_decay: number }
type Groups = Record<string, Group>

const video = goldenJson<{
  cosine_scheduler: { args: Record<string, number>; values?: number[]; error?: string }[]
  layer_decay: { depth: number; layer_decay: number; layer_values: number[]; params: Groups }[]
  pretrain_groups: Groups
}>("schedules/videomae")
const v2 = goldenJson<Record<string, Groups>>("schedules/videomaev2")
const mae = goldenJson<{
  half_cycle_cosine_with_warmup: {
    lr: number
    min_lr: number
    warmup_epochs: number
    epochs: number
    rows: { epoch: number; lr: number }[]
  }[]
  layer_decay: { depth: number; layer_decay: number; weight_decay: number; params: Groups }[]
}>("schedules/mae")

const closeTo = (value: number, expected: number) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(4e-15 * Math.abs(expected))

describe("VideoMAE's schedule", () => {
  const options = (args: Record<string, number>) => ({
    base: args.base_value,
    final: args.final_value,
    steps: args.epochs * args.niter_per_ep,
    warmupSteps: args.warmup_steps ?? (args.warmup_epochs ?? 0) * args.niter_per_ep,
    start: args.start_warmup_value ?? 0,
  })

  test.each(video.cosine_scheduler.filter(({ values }) => values))("$args", ({ args, values }) => {
    const schedule = cosineSchedule(options(args))
    expect(values).toHaveLength(options(args).steps)
    for (const [step, expected] of values!.entries()) closeTo(schedule(step), expected)
  })

  test("warms up by steps alone too, where the authors' code fails", () => {
    const [failed] = video.cosine_scheduler.filter(({ error }) => error)
    const schedule = cosineSchedule(options(failed.args))
    expect([0, 1, 2].map(schedule)).toEqual([0, failed.args.base_value, failed.args.base_value])
  })

  test("starts at 0, has its peak twice and stays at its end", () => {
    const schedule = cosineSchedule({ base: 1, final: 0.25, steps: 10, warmupSteps: 4 })
    expect([0, 3, 4, 10, 12].map(schedule)).toEqual([0, 1, 1, 0.25, 0.25])
    expect(cosineSchedule({ base: 1, final: 0, steps: 3, warmupSteps: 1 })(0)).toBe(0)
    expect(cosineSchedule({ base: 1, final: 0, steps: 3 })(0)).toBe(1)
  })
})

test.each(mae.half_cycle_cosine_with_warmup)("MAE's schedule to $lr over $epochs epochs", (set) => {
  const { lr, min_lr, warmup_epochs, epochs, rows } = set
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) {
    const options = { base: lr, min: min_lr, warmupEpochs: warmup_epochs, epochs }
    closeTo(maeLearningRate(row.epoch, options), row.lr)
  }
})

test("rates grow with the samples of a step", () => {
  expect(scaledRate(1.5e-4, 4096)).toBeCloseTo(2.4e-3, 15)
})

describe("parameter groups", () => {
  test("VideoMAE's pre-training", () => checkDecay(video.pretrain_groups, decaysVideo))

  test("MAE's pre-training decays its tokens", () => {
    expect(decaysMae("mask_token", [1, 1, 8])).toBe(true)
    expect(decaysMae("cls_token", [1, 1, 8])).toBe(true)
    expect(decaysMae("norm.weight", [8])).toBe(false)
    expect(decaysMae("decoder_embed.bias", [8])).toBe(false)
  })

  test.each([
    ...video.layer_decay.map((set) => ({ model: "VideoMAE", ...set })),
    ...mae.layer_decay.map((set) => ({ model: "MAE", layer_values: [], ...set })),
    {
      model: "VideoMAE V2",
      depth: 3,
      layer_decay: 0.75,
      layer_values: [],
      params: Object.values(v2)[0],
    },
  ])("$model of depth $depth with layer decay $layer_decay", (set) => {
    const { depth, layer_decay, layer_values, params } = set
    checkDecay(params, decaysVideo)
    const scale = layerLrScale(layer_decay, depth)
    for (const [name, { lr_scale }] of Object.entries(params)) closeTo(scale(name), lr_scale)
    for (const [layer, value] of layer_values.entries()) {
      const name = [`patch_embed.proj.bias`, `blocks.${layer - 1}.norm1.bias`, "head.bias"]
      closeTo(scale(name[layer === 0 ? 0 : layer <= depth ? 1 : 2]), value)
    }
  })

  test("layers", () => {
    const names = ["cls_token", "patch_embed.proj.weight", "blocks.11.norm1.bias", "fc_norm.bias"]
    expect(names.map((name) => layerOf(name, 12))).toEqual([0, 0, 12, 13])
  })
})

function checkDecay(groups: Groups, decays: typeof decaysVideo) {
  expect(Object.keys(groups).length).toBeGreaterThan(40)
  for (const [name, { weight_decay }] of Object.entries(groups)) {
    expect([name, decays(name, shapeOf(name))]).toEqual([name, weight_decay > 0])
  }
}

/** Only the number of axes matters. */
function shapeOf(name: string): number[] {
  if (/norm|bias|gamma/.test(name)) return [8]
  if (/token|pos_embed|scale/.test(name)) return [3, 1, 8]
  return [8, 8]
}
