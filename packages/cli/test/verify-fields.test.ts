import { readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { cpuBackend } from "@tubelet/backend-cpu"
import { describe, expect, test } from "vitest"
import { setFolder } from "../src/verify/folder.js"
import { verifySet } from "../src/verify/index.js"
import { copyOf, edit, tensorsOf } from "./support/set-copy.js"

const backend = await cpuBackend()
const checksOf = (set: string) => verifySet(backend, setFolder(set))
const failedOf = async (set: string) => (await checksOf(set)).filter((c) => !c.pass)

describe("a field that verify does not follow is refused by name", () => {
  test.each([
    ["videomaev2-trajectory-odd", "drop_path_rate", 0.1],
    ["videomaev2-finetune-trajectory-odd", "head_drop_rate", 0.5],
    ["videomae-pretrain-odd", "qk_scale", 0.5],
    ["mae-pretrain-odd", "in_chans", 4],
    ["videomae-pretrain-odd", "decoder_num_classes", 7],
    ["mae-finetune-odd", "no_such_field", 1],
    ["videomae-finetune-odd", "img_size", [12, 16]],
    ["videomae-finetune-odd", "use_mean_pooling", "yes"],
  ])("%s: %s %j in its config", async (name, field, value) => {
    const set = await copyOf(name)
    await edit(set, ({ config }) => Object.assign(config, { [field]: value }))
    await expect(checksOf(set)).rejects.toThrow(field)
  })

  test.each([
    ["hf-vitmae-finetune-odd", "hidden_act", "gelu_new"],
    ["hf-videomae-finetune-odd", "attention_probs_dropout_prob", 0.1],
    ["hf-videomae-finetune-odd", "use_swiglu_ffn", true],
  ])("%s: %s %j in its config.json", async (name, field, value) => {
    const set = await copyOf(name)
    await edit(set, (config) => Object.assign(config, { [field]: value }), "config.json")
    await expect(checksOf(set)).rejects.toThrow(field)
  })

  test.each<[string, Record<string, unknown>]>([
    ["SGD", { name: "SGD" }],
    ["amsgrad", { amsgrad: true }],
    ["mask_token", { groups: [{ weight_decay: 0.05, params: ["mask_token"] }] }],
    [
      "decoder.head.bias",
      { groups: [{ weight_decay: 0, lr_scale: 0.5, params: ["decoder.head.bias"] }] },
    ],
  ])("%s in an optimizer", async (named, fields) => {
    const set = await copyOf("videomaev2-trajectory-odd")
    await edit(set, ({ optimizer }) => Object.assign(optimizer, fields))
    await expect(checksOf(set)).rejects.toThrow(named)
  })

  test("gradients of several batches in one step", async () => {
    const set = await copyOf("videomaev2-trajectory-odd")
    await edit(set, (meta) => Object.assign(meta, { update_freq: 2 }))
    await expect(checksOf(set)).rejects.toThrow("update_freq")
  })
})

test("fields at the values that all models have are none of verify's business", async () => {
  const set = await copyOf("videomae-finetune-odd")
  const usual = {
    drop_path_rate: 0,
    qk_scale: null,
    in_chans: 3,
    img_size: [12, 12],
    init_scale: 0.1,
  }
  await edit(set, ({ config }) => Object.assign(config, usual))
  expect(await failedOf(set)).toEqual([])
})

test("a trajectory predicts what its config says: plain pixels are another run", async () => {
  const set = await copyOf("mae-trajectory-tiny")
  await edit(set, ({ config }) => Object.assign(config, { norm_pix_loss: false }))
  const failed = (await failedOf(set)).map((c) => c.name)
  expect(failed).toContain("loss")
  expect(failed).not.toContain("lr")
})

test.each([
  ["videomaev2-pretrain-odd", { cos_attn: false }, /attn.scale/],
  ["videomaev2-pretrain-odd", { init_values: 0 }, /gamma/],
  ["videomae-finetune-odd", { use_learnable_pos_emb: false }, /pos_embed/],
  ["videomae-finetune-odd", { use_mean_pooling: true }, /norm/],
])("%s does not fit a model with %j", async (name, fields, tensor) => {
  const set = await copyOf(name)
  await edit(set, ({ config }) => Object.assign(config, fields))
  await expect(checksOf(set)).rejects.toThrow(tensor)
})

describe("what a set may leave out", () => {
  test("its runs, which the names of the outputs tell", async () => {
    const set = await copyOf("videomaev2-trajectory-odd")
    await edit(set, (meta) => void delete meta.runs)
    expect(await failedOf(set)).toEqual([])
  })

  test("the listed rates, where the schedule has a rule", async () => {
    const set = await copyOf("videomae-finetune-trajectory-tiny")
    const rule = { lr: 2e-3, min_lr: 1e-6, epochs: 3, warmup_epochs: 1, iters_per_epoch: 2 }
    await edit(set, ({ schedule }) => {
      delete schedule.lr_per_step
      Object.assign(schedule, rule)
    })
    expect(await failedOf(set)).toEqual([])
  })

  test("but not how many clips make a batch", async () => {
    const set = await copyOf("videomaev2-finetune-trajectory-odd")
    await edit(set, (meta) => void delete meta.batch_rule)
    await expect(checksOf(set)).rejects.toThrow("batch")
  })
})

test("a trajectory without weights starts from the pre-training set beside it", async () => {
  const set = await copyOf("videomae-trajectory-odd")
  await edit(set, (meta) => void delete meta.init_set)
  expect(await failedOf(set)).toEqual([])
  await rm(join(dirname(set), "videomae-pretrain-odd"), { recursive: true })
  await expect(checksOf(set)).rejects.toThrow("videomae-pretrain-odd")
})

test("a tensor that verify cannot compute fails with the reason", async () => {
  const set = await copyOf("hf-vitmae-finetune-odd")
  const path = join(set, "outputs.safetensors")
  await writeFile(
    path,
    (await readFile(path)).toString("latin1").replace('"loss"', '"lost"'),
    "latin1",
  )
  const failed = await failedOf(set)
  expect(failed).toMatchObject([
    { name: "lost", reason: expect.stringContaining("no such tensor") },
  ])
})

test("masks that leave a batch's samples unequally many tokens are refused", async () => {
  const set = await copyOf("videomaev2-trajectory-odd")
  const path = join(set, "inputs.safetensors")
  const { bytes, start, header } = await tensorsOf(path)
  const at = start + header.encoder_masks.data_offsets[0]
  bytes[at] = 1 - bytes[at]
  await writeFile(path, bytes)
  await expect(checksOf(set)).rejects.toThrow(/masks.*tokens/)
})

test.each(["vit-pretrain-odd", "maepretrain", "mae-pretraining"])(
  "%s is of an unknown kind",
  async (name) => {
    const set = await copyOf("mae-pretrain-odd")
    const renamed = join(dirname(set), name)
    await rename(set, renamed)
    await expect(checksOf(renamed)).rejects.toThrow(
      /does not support this kind of set.*videomaev2-trajectory/s,
    )
  },
)
