import {
  compile,
  gradients,
  mul,
  permute,
  reshape,
  type Spec,
  sum,
  type Tensor,
  type Traced,
} from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import type { Stored } from "../../core/test/support/safetensors.js"
import {
  attentionParameters,
  block,
  blockParameters,
  dropPath,
  embedPatches,
  mlp,
  mlpParameters,
  type PatchConfig,
  patchify,
  selfAttention,
} from "../src/index.js"
import { furthest, golden, largest } from "./golden.js"

const stored = golden("layers/layers.safetensors")
const backend = referenceBackend()

type Named = Readonly<Record<string, Tensor>>
type Layer = (p: Named) => Tensor

/** Embedded tokens of an image [B, C, H, W] or a clip [B, C, T, H, W]. */
function embed(x: Tensor, weight: Tensor, bias: Tensor, config: PatchConfig): Tensor {
  const { frames, imageSize } = config
  const clip = reshape(x, [x.shape[0], 3, frames, imageSize, imageSize])
  return embedPatches(patchify(permute(clip, [0, 2, 3, 4, 1]), config), weight, bias)
}

const image = { frames: 1, tubelet: 1, imageSize: 12, patchSize: 4 }
const video = { frames: 4, tubelet: 2, imageSize: 16, patchSize: 8 }
const attention = { dim: 48, heads: 3 }
const blockConfig = {
  ...{ dim: 24, heads: 2, mlpHidden: 96, eps: 1e-6, initValues: 0.1 },
  qkvBias: "qv",
} as const

const layers: Record<string, Layer> = {
  attention_module_nobias: (p) => selfAttention(p, p.x, { ...attention, qkvBias: "none" }),
  attention_module_qvbias: (p) => selfAttention(p, p.x, { ...attention, qkvBias: "qv" }),
  mlp_module: (p) => mlp(p, p.x),
  block_module_gamma: (p) => block(p, p.x, blockConfig),
  conv2d_patch: ({ x, w, b }) => {
    const tokens = embed(x, w, b, image)
    return reshape(permute(tokens, [0, 2, 1]), [x.shape[0], w.shape[0], 3, 3])
  },
  patch_embed_3d: (p) => embed(p.x, p["proj.weight"], p["proj.bias"], video),
}

/** The entries `PREFIX.X` as X. */
const under = (prefix: string): Record<string, Stored> =>
  Object.fromEntries(
    [...stored].flatMap(([name, tensor]) =>
      name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), tensor]] : [],
    ),
  )

const dataOf = (tensors: Record<string, Stored>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]))

/** Several matrix products in sequence, theirs in f32: 1e-6 of the largest element. */
function expectClose(name: string, actual: ArrayLike<number>, { data }: Stored) {
  expect(furthest(actual, data), name).toBeLessThanOrEqual(1e-6 * largest(data))
}

describe("the authors' modules, forward and gradients", () => {
  test.each(Object.entries(layers))("%s", async (name, layer) => {
    const inputs = { ...under(`${name}.in`), ...under(`${name}.param`) }
    const upstream = stored.get(`${name}.grad_out`)!
    const specs = { inputs, upstream }
    const f = ({ inputs, upstream }: Traced<typeof specs>) => {
      const out = layer(inputs)
      return { out, ...gradients(sum(mul(out, upstream)), inputs) }
    }
    const step = await compile(backend, f, { specs })
    const { out, grads } = step.run({ inputs: dataOf(inputs), upstream: upstream.data })
    expectClose("out", await out.data(), stored.get(`${name}.out`)!)
    const golden = under(`${name}.grad`)
    expect(Object.keys(grads).sort()).toEqual(Object.keys(golden).sort())
    for (const [key, expected] of Object.entries(golden)) {
      expectClose(key, await grads[key].data(), expected)
    }
  })

  test.each([
    ["attention_module_nobias", attentionParameters({ ...attention, qkvBias: "none" })],
    ["attention_module_qvbias", attentionParameters({ ...attention, qkvBias: "qv" })],
    ["mlp_module", mlpParameters(24, 96)],
    ["block_module_gamma", blockParameters(blockConfig)],
  ])("%s declares their parameters", (name, declarations) => {
    const shapes = (of: Record<string, Pick<Spec, "shape">>) =>
      Object.fromEntries(Object.entries(of).map(([key, { shape }]) => [key, [...shape]]))
    expect(shapes(declarations)).toEqual(shapes(under(`${name}.param`)))
  })

  test("drop path, given its uniform numbers", async () => {
    const { x, uniform } = under("drop_path_0.3.in") as Record<"x" | "uniform", Stored>
    const keep = Float32Array.from(uniform.data, (u) => Math.floor(u + 0.7) / 0.7)
    const specs = { x, keep: { dtype: "f32", shape: [keep.length] } } as const
    const drop = await compile(backend, ({ x, keep }) => dropPath(x, keep), { specs })
    expectClose("out", await drop.run({ x: x.data, keep }).data(), stored.get("drop_path_0.3.out")!)
  })
})
