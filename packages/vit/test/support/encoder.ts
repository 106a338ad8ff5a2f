import { add, compile, constant, mean, spec } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import { referenceBackend } from "@tubelet/core/testing"
import * as vit from "@tubelet/vit"

const cut = { frames: 1, imageSize: 32, patchSize: 8, tubelet: 1 } // 16 tokens of 192 numbers
const config = { dim: 24, heads: 3, mlpHidden: 96, eps: 1e-6, qkvBias: "full" } as const

const declarations: vit.Declarations = {
  "embed.weight": { shape: [24, 3, 8, 8], init: vit.init.xavierUniformFlat },
  "embed.bias": { shape: [24], init: vit.init.zeros },
  ...vit.under("blocks.0", vit.blockParameters(config)),
  ...vit.under("norm", vit.normParameters(24)),
}
const positions = vit.sinCos2d(vit.gridOf(cut), config.dim)

const entries = Object.entries(declarations)
const shapes = Object.fromEntries(entries.map(([name, { shape }]) => [name, spec("f32", shape)]))
const params = Object.fromEntries(
  entries.map(([name, { shape, init }]) => [name, init(shape, random(0, name))]),
)

const encode = await compile(
  referenceBackend(),
  ({ p, images }) => {
    const tokens = vit.embedPatches(vit.patchify(images, cut), p["embed.weight"]!, p["embed.bias"]!)
    const x = add(tokens, constant(positions, [16, 24]))
    const y = vit.block(vit.scope(p, "blocks.0"), x, config)
    return mean(vit.norm(p, "norm", y, config.eps), 1)
  },
  { specs: { p: shapes, images: spec("f32", [2, 1, 32, 32, 3]) } },
)

const images = new Float32Array(2 * 32 * 32 * 3).fill(0.5)
const features = encode.run({ p: params, images }) // [2, 24]
console.log(features.shape, await features.data())
