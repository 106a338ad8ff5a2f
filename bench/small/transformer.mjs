import { linear, mean, spec, square, sub } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import {
  block,
  blockParameters,
  init,
  linearParameters,
  norm,
  normParameters,
  scope,
  under,
} from "@tubelet/vit"

/** The transformer that every framework of the benchmark trains. */
export const smallConfig = {
  batch: 4,
  tokens: 160,
  pixels: 1536,
  depth: 4,
  dim: 192,
  heads: 3,
  mlpHidden: 768,
  eps: 1e-5,
  qkvBias: "full",
}

const blocks = ({ depth }) => Array.from({ length: depth }, (_, i) => `blocks.${i}`)

/** Every parameter's shape and first value; norms are ones and zeros, the rest PyTorch's. */
export const declarations = (config) => ({
  ...under("embed", linearParameters(config.pixels, config.dim, uniform)),
  ...Object.assign({}, ...blocks(config).map((b) => under(b, blockParameters(config, uniform)))),
  ...under("norm", normParameters(config.dim)),
  ...under("head", linearParameters(config.dim, config.pixels, uniform)),
})

const uniform = (shape, stream) => init.torchDefault(shape[1])(shape, stream)

/** Specs and first values of the parameters. */
export function parameters(config) {
  const entries = Object.entries(declarations(config))
  const specs = entries.map(([name, { shape }]) => [name, spec("f32", shape)])
  const values = entries.map(([name, d]) => [name, d.init(d.shape, random(0, name))])
  return { specs: Object.fromEntries(specs), values: Object.fromEntries(values) }
}

/** The mean squared error of the transformer's output for x [B, T, P] against y [B, T, P]. */
export function loss(config, params, { x, y }) {
  let h = linear(x, params["embed.weight"], params["embed.bias"])
  for (const name of blocks(config)) h = block(scope(params, name), h, config)
  const last = norm(params, "norm", h, config.eps)
  return mean(square(sub(linear(last, params["head.weight"], params["head.bias"]), y)))
}

/** Operations of a step: two a multiply-add; backward is twice forward, but x needs no gradient. */
export function stepFlops({ batch, tokens, pixels, depth, dim, mlpHidden }) {
  const rows = batch * tokens
  const ends = rows * pixels * dim
  const inner = depth * rows * (4 * dim * dim + 2 * dim * mlpHidden + 2 * tokens * dim)
  return 2 * (3 * inner + 3 * ends + 2 * ends)
}
