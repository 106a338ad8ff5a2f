import {
  add,
  attention,
  broadcast,
  concat,
  constant,
  crossEntropy,
  div,
  equal,
  floor,
  gatherTokens,
  gelu,
  indicator,
  l2Normalise,
  layerNorm,
  linear,
  mean,
  mul,
  permute,
  reshape,
  type Shape,
  scatterRows,
  slice,
  softmax,
  split,
  squaredError,
  type Tensor,
} from "../../src/index.js"

/** Inputs and parameters of a layer by their names in the fixture. */
export type Named = Readonly<Record<string, Tensor>>
export type Layer = (p: Named) => Tensor

const below = (p: Named, prefix: string): Named =>
  Object.fromEntries(
    Object.entries(p).flatMap(([name, t]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), t]] : [],
    ),
  )

/** A convolution whose stride equals its kernel size: boxes, then one matrix product. */
function patches(x: Tensor, weight: Tensor, bias: Tensor): { tokens: Tensor; grid: Shape } {
  const [out, channels, ...kernel] = weight.shape as [number, number, ...number[]]
  const [batch, , ...size] = x.shape as [number, number, ...number[]]
  const grid = size.map((n, i) => n / kernel[i])
  const cut = reshape(x, [batch, channels, ...grid.flatMap((n, i) => [n, kernel[i]])])
  const outer = grid.map((_, i) => 2 + 2 * i)
  const inner = grid.map((_, i) => 3 + 2 * i)
  const rows = reshape(permute(cut, [0, ...outer, 1, ...inner]), [batch, -1, weight.size / out])
  return { tokens: linear(rows, reshape(weight, [out, -1]), bias), grid }
}

const convolution: Layer = ({ x, w, b }) => {
  const { tokens, grid } = patches(x, w, b)
  return reshape(permute(tokens, [0, 2, 1]), [x.shape[0], w.shape[0], ...grid])
}

/** Multi-head self-attention; biases for q and v only, as in VideoMAE. */
const selfAttention =
  (heads: number): Layer =>
  (p) => {
    const [batch, tokens, dim] = p.x.shape as [number, number, number]
    const bias = p.q_bias && concat([p.q_bias, broadcast(constant(0), [dim]), p.v_bias])
    const parts = split(linear(p.x, p["qkv.weight"], bias), 3)
    const apart = parts.map((t) =>
      permute(reshape(t, [batch, tokens, heads, dim / heads]), [0, 2, 1, 3]),
    )
    const mixed = attention(apart[0], apart[1], apart[2])
    const joined = reshape(permute(mixed, [0, 2, 1, 3]), [batch, tokens, dim])
    return linear(joined, p["proj.weight"], p["proj.bias"])
  }

const mlp: Layer = (p) =>
  linear(gelu(linear(p.x, p["fc1.weight"], p["fc1.bias"])), p["fc2.weight"], p["fc2.bias"])

const block =
  (heads: number): Layer =>
  (p) => {
    const norm = (name: string, x: Tensor) =>
      layerNorm(x, p[`${name}.weight`], p[`${name}.bias`], 1e-6)
    const attended = selfAttention(heads)({ ...below(p, "attn."), x: norm("norm1", p.x) })
    const y = add(p.x, mul(p.gamma_1, attended))
    const changed = mlp({ ...below(p, "mlp."), x: norm("norm2", y) })
    return add(y, mul(p.gamma_2, changed))
  }

const oneHot = (labels: Tensor, classes: number): Tensor => {
  const count = labels.size
  const each = constant(
    Int32Array.from({ length: classes }, (_, i) => i),
    [classes],
    "i32",
  )
  return indicator(equal(reshape(labels, [count, 1]), each))
}

const smoothed = (hot: Tensor, amount: number): Tensor =>
  add(mul(hot, 1 - amount), amount / hot.shape.at(-1)!)

/** The batch in reverse order. */
const flipped = (x: Tensor): Tensor =>
  concat(Array.from({ length: x.shape[0] }, (_, i) => slice(x, 0, -1 - i, x.shape[0] - i)))

const mixup =
  (classes: number, lambda: number, smoothing: number): Layer =>
  ({ labels }) => {
    const target = smoothed(oneHot(labels, classes), smoothing)
    return add(mul(target, lambda), mul(flipped(target), 1 - lambda))
  }

const scatterTokens: Layer = ({ src, idx }) => {
  const [batch, , width] = src.shape as [number, number, number]
  const tokens = 11
  const offset = Int32Array.from({ length: batch }, (_, b) => b * tokens)
  const at = add(idx, constant(offset, [batch, 1], "i32"))
  return reshape(scatterRows(src, at, batch * tokens), [batch, tokens, width])
}

const dropPath: Layer = ({ x, uniform }) => {
  const keep = 0.7
  return mul(div(x, keep), floor(add(uniform, keep)))
}

/** Every layer of the fixture, built from core's ops. */
export const layers: Record<string, Layer> = {
  linear: ({ x, w, b }) => linear(x, w, b),
  linear_nobias: ({ x, w }) => linear(x, w),
  "layernorm_eps1e-6": ({ x, w, b }) => layerNorm(x, w, b, 1e-6),
  "layernorm_eps1e-12_small_var": ({ x, w, b }) => layerNorm(x, w, b, 1e-12),
  gelu_erf: ({ x }) => gelu(x),
  softmax: ({ x }) => softmax(x),
  softmax_large: ({ x }) => softmax(x),
  attention_core: ({ q, k, v }) => attention(q, k, v),
  attention_module_nobias: selfAttention(3),
  attention_module_qvbias: selfAttention(3),
  mlp_module: mlp,
  block_module_gamma: block(2),
  conv2d_patch: convolution,
  conv3d_patch: convolution,
  patch_embed_3d: (p) => patches(p.x, p["proj.weight"], p["proj.bias"]).tokens,
  mse: ({ x, t }) => mean(squaredError(x, t)),
  soft_cross_entropy: ({ x, t }) => mean(crossEntropy(x, t)),
  "label_smoothing_ce_0.1": ({ x, t }) =>
    mean(crossEntropy(x, smoothed(oneHot(t, x.shape[1]), 0.1))),
  cross_entropy: ({ x, t }) => mean(crossEntropy(x, oneHot(t, x.shape[1]))),
  gather_tokens: ({ x, idx }) => gatherTokens(x, idx),
  scatter_tokens: scatterTokens,
  mean_tokens: ({ x }) => mean(x, 1),
  "l2norm_lastdim_eps1e-12": ({ x }) => l2Normalise(x),
  "drop_path_0.3": dropPath,
}

/** Targets and averages: one output each, from inputs stored next to it. */
export const targets: Record<string, { from: string; layer: Layer }> = {
  "mixup_target.nc6_lam0.35_smooth0.0": { from: "labels", layer: mixup(6, 0.35, 0) },
  "mixup_target.nc6_lam0.7_smooth0.1": { from: "labels", layer: mixup(6, 0.7, 0.1) },
  "mixup_target.nc6_lam1.0_smooth0.1": { from: "labels", layer: mixup(6, 1, 0.1) },
  "multi_view.mean_of_softmax": {
    from: "logits",
    layer: ({ logits }) => mean(softmax(logits), 0),
  },
}
