import { linear, mean, spec, square, sub } from "@tubelet/core"
import {
  block,
  blockParameters,
  linearParameters,
  norm,
  normParameters,
  scope,
  under,
} from "@tubelet/vit"
import { sizes } from "../peers/node/sizes.mjs"
import { weight } from "../peers/node/values.mjs"

/** The transformers that every framework of the benchmark trains, by name. */
export const configs = Object.fromEntries(
  Object.entries(sizes).map(([name, config]) => [name, { ...config, qkvBias: "full" }]),
)

const blocks = ({ depth }) => Array.from({ length: depth }, (_, i) => `blocks.${i}`)

/** Every parameter's shape and first value: norms are ones and zeros, biases zeros. */
const declarations = (config) => ({
  ...under("embed", linearParameters(config.pixels, config.dim)),
  ...Object.assign({}, ...blocks(config).map((name) => under(name, blockParameters(config)))),
  ...under("norm", normParameters(config.dim)),
  ...under("head", linearParameters(config.dim, config.pixels)),
})

/** Specs and first values of the parameters; those of matrices are the peers' own. */
export function parameters(config) {
  const entries = Object.entries(declarations(config))
  const specs = entries.map(([name, { shape }]) => [name, spec("f32", shape)])
  const first = (name, { shape, init }) =>
    shape.length === 2 ? weight(name, shape[1], shape[0]) : init(shape)
  const values = entries.map(([name, declared]) => [name, first(name, declared)])
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
