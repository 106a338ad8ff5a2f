import { parseJson } from "@tubelet/core/text"
import { type Fit, fitWeights } from "@tubelet/models/fit"
import { type FuzzCase, fuzzTests, json } from "../../../scripts/fuzz/cases.js"
import { tinyConfig } from "../../train/test/tiny.js"
import { pretrainCommand } from "../src/commands/pretrain.js"
import type { ModelChoice } from "../src/flags/model-choice.js"
import { visibleTokens } from "../src/setup/mask-file.js"
import { changed } from "../src/setup/model.js"
import { runHints } from "../src/setup/sources.js"
import { readFields, requireFields } from "../src/shell/config-file.js"
import { layered } from "../src/shell/layers.js"

const parsed = (bytes: Uint8Array) => parseJson(bytes, "it")
const fieldsOf = (bytes: Uint8Array) => requireFields(parsed(bytes), "it")

const { model, ...others } = { model: tinyConfig(), batch: 4, maskRatio: 0.9, steps: 5, lr: 1e-3 }

const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

/** Shapes as a checkpoint's file may have them. */
function shapesOf(value: unknown): Record<string, number[]> {
  const entries = Object.entries((value ?? {}) as object)
  return Object.fromEntries(entries.filter(([, s]) => Array.isArray(s) && s.every(isSize)))
}

/** A checkpoint's config.json and its shapes. */
function fitOf(bytes: Uint8Array): Fit | undefined {
  const { config, shapes } = fieldsOf(bytes)
  const hints = runHints(config && typeof config === "object" ? { ...config } : undefined)
  return fitWeights(shapesOf(shapes), hints)
}

const block = (dim: number, hidden: number) => ({
  "attn.qkv.weight": [3 * dim, dim],
  "attn.q_bias": [dim],
  "mlp.fc1.weight": [hidden, dim],
})
const named = (prefix: string, shapes: object) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]))

const cases: readonly FuzzCase[] = [
  {
    name: "mask file",
    target: (bytes) => visibleTokens(parsed(bytes), "it", 8),
    seeds: [
      [0, 1, 1, 1, 0, 1, 1, 1],
      [
        [
          [0, 1],
          [1, 1],
        ],
        [
          [0, 1],
          [1, 1],
        ],
      ],
      {},
    ].map(json),
    words: ["[", "]", ",0", ",1", "null", "1e0", "-0", "[[["],
  },
  {
    name: "config file",
    async target(bytes) {
      const fields = readFields(fieldsOf(bytes), pretrainCommand.flags, "it")
      const values = layered<{ model?: ModelChoice }>(
        [{ where: "in it", values: fields }],
        pretrainCommand.alternatives ?? [],
      )
      if (typeof values.model === "object") changed(values.model, {})
    },
    seeds: [{ model, ...others }, others, { model: "mae-b", resume: true, masking: "tube" }].map(
      json,
    ),
    words: [
      '"epochs":1,',
      '"constructor":',
      '"__proto__":',
      "null",
      "-1",
      "1e99",
      "0.5",
      '""',
      "[]",
    ],
  },
  {
    name: "config and shapes of a checkpoint",
    target: fitOf,
    seeds: [
      {
        config: { model },
        shapes: {
          "encoder.patch_embed.proj.weight": [12, 3, 2, 4, 4],
          ...named("encoder.blocks.0.", block(12, 24)),
          ...named("decoder.blocks.0.", block(8, 16)),
          mask_token: [1, 1, 8],
        },
      },
      {
        shapes: {
          "patch_embed.proj.weight": [12, 3, 4, 4],
          pos_embed: [1, 17, 12],
          ...named("blocks.0.", block(12, 24)),
          "blocks.0.attn.scale": [2],
          "fc_norm.weight": [12],
          "head.weight": [5, 12],
        },
      },
    ].map(json),
    words: [
      "blocks.1.",
      "blocks.99999.",
      "decoder.",
      "null",
      "0",
      "9007199254740991",
      '"heads":0,',
    ],
  },
]

fuzzTests(cases, /packages\/((cli|models)\/src|core\/src\/text)/)
