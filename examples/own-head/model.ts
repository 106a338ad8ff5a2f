import { add, constant, linear, mean, type Shape, type Tensor } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import * as vit from "@tubelet/vit"

const cut = { frames: 1, imageSize: 16, patchSize: 4, tubelet: 1 } // 16 tokens of 48 numbers
const block = { dim: 24, heads: 3, mlpHidden: 48, eps: 1e-6, qkvBias: "full" } as const
const depth = 2
const blocks = Array.from({ length: depth }, (_, i) => `blocks.${i}`)

/** The directions of the stripes. */
export const classes = 4
export const pictureShape: Shape = [1, cut.imageSize, cut.imageSize, 3]

/** All parameters: the encoder's have their official names, the head's are custom. */
export const declarations: vit.Declarations = {
  "patch_embed.proj.weight": { shape: [block.dim, 3, 4, 4], init: vit.init.xavierUniformFlat },
  "patch_embed.proj.bias": { shape: [block.dim], init: vit.init.zeros },
  ...Object.assign({}, ...blocks.map((name) => vit.under(name, vit.blockParameters(block)))),
  ...vit.under("norm", vit.normParameters(block.dim)),
  ...vit.under("head", vit.linearParameters(block.dim, classes)),
}

const positions = vit.sinCos2d(vit.gridOf(cut), block.dim)

/** From images [B, 1, 16, 16, 3] to logits [B, classes]: encoder, mean over tokens, head. */
export function logits(p: vit.Parameters, pictures: Tensor): Tensor {
  const patches = vit.patchify(pictures, cut)
  const embed = ["patch_embed.proj.weight", "patch_embed.proj.bias"].map((name) => p[name])
  let x = vit.embedPatches(patches, embed[0], embed[1])
  x = add(x, constant(positions, [vit.tokenCount(cut), block.dim]))
  for (const name of blocks) x = vit.block(vit.scope(p, name), x, block)
  const features = mean(vit.norm(p, "norm", x, block.eps), 1)
  return linear(features, p["head.weight"], p["head.bias"])
}

/** Initial weights, determined by the seed. */
export const initialise = (seed: number): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(declarations).map(([name, { shape, init }]) => [
      name,
      init(shape, random(seed, name)),
    ]),
  )
