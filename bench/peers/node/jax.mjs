// One training step of the small transformer in jax-js: compiled by jit, run in wasm or on a GPU.
import "./browser.mjs"
import { adamW, backend, model, threads, time, versionOf } from "./shared.mjs"
import { noise, weightTransposed } from "./values.mjs"

const jax = await import("@jax-js/jax")
const { numpy: np, nn, tree } = jax
const { batch, tokens, pixels, dim, heads, depth, mlpHidden, eps } = model

await jax.init(backend)
jax.defaultDevice(backend)

const array = (values, shape) => np.array(values, { shape })
const linear = (name, input, output) => ({
  w: array(weightTransposed(`${name}.weight`, input, output), [input, output]),
  b: np.zeros([output]),
})
const norm = () => ({ w: np.ones([dim]), b: np.zeros([dim]) })
const block = (name) => ({
  norm1: norm(),
  qkv: linear(`${name}.attn.qkv`, dim, 3 * dim),
  proj: linear(`${name}.attn.proj`, dim, dim),
  norm2: norm(),
  fc1: linear(`${name}.mlp.fc1`, dim, mlpHidden),
  fc2: linear(`${name}.mlp.fc2`, mlpHidden, dim),
})

// An array is used up where it is read; `.ref` keeps it for one more reader.
const dense = (p, x) => np.matmul(x, p.w).add(p.b)
const layerNorm = (p, x) => nn.standardize(x, -1, { epsilon: eps }).mul(p.w).add(p.b)

function attention(p, x) {
  const qkv = dense(p.qkv, x).reshape([batch, tokens, 3, heads, dim / heads])
  const part = (array, i) => array.slice([], [], i)
  const mixed = nn.dotProductAttention(part(qkv.ref, 0), part(qkv.ref, 1), part(qkv, 2))
  return dense(p.proj, mixed.reshape([batch, tokens, dim]))
}

function transformer(p, x) {
  let h = dense(p.embed, x)
  for (const b of p.blocks) {
    h = h.ref.add(attention(b, layerNorm(b.norm1, h)))
    const wide = nn.gelu(dense(b.fc1, layerNorm(b.norm2, h.ref)), { approximate: false })
    h = h.add(dense(b.fc2, wide))
  }
  return dense(p.head, layerNorm(p.norm, h))
}

const loss = (p, x, y) => np.mean(np.square(transformer(p, x).sub(y)))

/** `corrections` holds 1 / (1 - beta^t) of both betas. */
const step = jax.jit((params, first, second, x, y, corrections) => {
  const { rate, beta1, beta2, eps, decay } = adamW
  const [value, grads] = jax.valueAndGrad(loss)(tree.ref(params), x, y)
  const m = tree.map((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), first, tree.ref(grads))
  const v = tree.map((v, g) => v.mul(beta2).add(np.square(g).mul(1 - beta2)), second, grads)
  const [c1, c2] = [corrections.ref.slice(0), corrections.slice(1)]
  const update = (p, m, v) => {
    const change = m.mul(c1.ref).div(np.sqrt(v.mul(c2.ref)).add(eps))
    return p.mul(1 - rate * decay).sub(change.mul(rate))
  }
  const next = tree.map(update, params, tree.ref(m), tree.ref(v))
  c1.dispose()
  c2.dispose()
  return [value, next, m, v]
})

let params = {
  embed: linear("embed", pixels, dim),
  blocks: Array.from({ length: depth }, (_, i) => block(`blocks.${i}`)),
  norm: norm(),
  head: linear("head", dim, pixels),
}
let first = tree.map((p) => np.zeros(p.shape), tree.ref(params))
let second = tree.map((p) => np.zeros(p.shape), tree.ref(params))
const clip = [batch, tokens, pixels]
const [x, y] = ["x", "y"].map((name) => array(noise(name, batch * tokens * pixels), clip))
const count = tree.leaves(params).reduce((n, p) => n + p.size, 0)

await time(
  async (t) => {
    const corrections = np.array([1 / (1 - adamW.beta1 ** t), 1 / (1 - adamW.beta2 ** t)])
    let value
    ;[value, params, first, second] = step(params, first, second, x.ref, y.ref, corrections)
    await jax.blockUntilReady(params)
    return value.jsAsync()
  },
  { peer: "jax", version: versionOf("@jax-js/jax"), threads, params: count },
)
process.exit(0)
