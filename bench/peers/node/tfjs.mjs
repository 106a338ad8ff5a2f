// One training step of the small transformer in TensorFlow.js, in wasm or on a GPU. With
// --transposed the gradients of matrix products transpose by hand: its wasm runs any other
// transposed product in a plain loop.
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm"
import { adamW, backend, model, time, transposed, versionOf } from "./shared.mjs"
import { noise, weightTransposed } from "./values.mjs"

const { batch, tokens, pixels, dim, heads, depth, mlpHidden, eps } = model
const wasm = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json")
setWasmPaths(join(dirname(wasm), "dist/"))
// Which registers itself where it finds WebGPU.
if (backend === "webgpu") await import("@tensorflow/tfjs-backend-webgpu")
if (!(await tf.setBackend(backend))) throw new Error(`Error: TensorFlow.js has no ${backend} here`)
await tf.ready()
tf.enableProdMode()

const variables = []
const variable = (value) => {
  variables.push(tf.variable(value))
  return variables.at(-1)
}
const linear = (name, input, output) => {
  const values = weightTransposed(`${name}.weight`, input, output)
  return { w: variable(tf.tensor(values, [input, output])), b: variable(tf.zeros([output])) }
}
const norm = () => ({ w: variable(tf.ones([dim])), b: variable(tf.zeros([dim])) })
const block = (name) => ({
  norm1: norm(),
  qkv: linear(`${name}.attn.qkv`, dim, 3 * dim),
  proj: linear(`${name}.attn.proj`, dim, dim),
  norm2: norm(),
  fc1: linear(`${name}.mlp.fc1`, dim, mlpHidden),
  fc2: linear(`${name}.mlp.fc2`, mlpHidden, dim),
})
const params = {
  embed: linear("embed", pixels, dim),
  blocks: Array.from({ length: depth }, (_, i) => block(`blocks.${i}`)),
  norm: norm(),
  head: linear("head", dim, pixels),
}

const swap = (x) => x.transpose(x.rank === 2 ? [1, 0] : [0, 2, 1])
const byHand = tf.customGrad((a, b, save) => {
  save([a, b])
  const gradFunc = (dy, [a, b]) => [tf.matMul(dy, swap(b)), tf.matMul(swap(a), dy)]
  return { value: tf.matMul(a, b), gradFunc }
})
const product = transposed ? byHand : (a, b) => tf.matMul(a, b)
const productTransposed = (a, b) => (transposed ? byHand(a, swap(b)) : tf.matMul(a, b, false, true))

const dense = (p, x) => {
  const [input, output] = p.w.shape
  const rows = product(x.reshape([-1, input]), p.w).add(p.b)
  return rows.reshape([...x.shape.slice(0, -1), output])
}
const layerNorm = (p, x) => {
  const centred = x.sub(x.mean(-1, true))
  const scale = centred.square().mean(-1, true).add(eps).rsqrt()
  return centred.mul(scale).mul(p.w).add(p.b)
}
const gelu = (x) => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1))

function attention(p, x) {
  const width = dim / heads
  const cut = dense(p.qkv, x).reshape([batch, tokens, 3, heads, width])
  const byHead = cut.transpose([2, 0, 3, 1, 4]).reshape([3, batch * heads, tokens, width])
  const [q, k, v] = byHead.unstack(0)
  const weights = productTransposed(q, k)
    .mul(width ** -0.5)
    .softmax(-1)
  const mixed = product(weights, v).reshape([batch, heads, tokens, width])
  return dense(p.proj, mixed.transpose([0, 2, 1, 3]).reshape([batch, tokens, dim]))
}

const clip = [batch, tokens, pixels]
const [x, y] = ["x", "y"].map((name) => tf.tensor(noise(name, batch * tokens * pixels), clip))

function loss() {
  let h = dense(params.embed, x)
  for (const b of params.blocks) {
    h = h.add(attention(b, layerNorm(b.norm1, h)))
    h = h.add(dense(b.fc2, gelu(dense(b.fc1, layerNorm(b.norm2, h)))))
  }
  return dense(params.head, layerNorm(params.norm, h)).sub(y).square().mean()
}

const moments = variables.map((v) => [0, 1].map(() => tf.variable(tf.zerosLike(v), false)))

/** TensorFlow.js has no AdamW: by hand. */
function update(grads, t) {
  const { rate, beta1, beta2, eps, decay } = adamW
  const [c1, c2] = [1 / (1 - beta1 ** t), 1 / (1 - beta2 ** t)]
  variables.forEach((p, i) => {
    const [m, v] = moments[i]
    const g = grads[p.name]
    m.assign(m.mul(beta1).add(g.mul(1 - beta1)))
    v.assign(v.mul(beta2).add(g.square().mul(1 - beta2)))
    const change = m.mul(c1 * rate).div(v.mul(c2).sqrt().add(eps))
    p.assign(p.mul(1 - rate * decay).sub(change))
  })
}

await time(
  async (t) => {
    const value = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, variables)
      update(grads, t)
      return value
    })
    const [number] = await value.data()
    value.dispose()
    return number
  },
  {
    peer: transposed ? "tfjs-transposed" : "tfjs",
    version: versionOf("@tensorflow/tfjs"),
    // Its threaded wasm is for browsers only.
    threads: 1,
    params: variables.reduce((n, v) => n + v.size, 0),
  },
)
process.exit(0)
