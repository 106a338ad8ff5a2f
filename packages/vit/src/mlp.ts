import { gelu, linear, type Tensor } from "@tubelet/core"
import { xavierUniform, zeros } from "./initialise.js"
import type { Declarations, Initialiser, Parameters } from "./parameters.js"

export const linearParameters = (
  input: number,
  output: number,
  weight: Initialiser = xavierUniform,
): Declarations => ({
  weight: { shape: [output, input], init: weight },
  bias: { shape: [output], init: zeros },
})

export const mlpParameters = (
  dim: number,
  hidden: number,
  weight: Initialiser = xavierUniform,
): Declarations => ({
  "fc1.weight": { shape: [hidden, dim], init: weight },
  "fc1.bias": { shape: [hidden], init: zeros },
  "fc2.weight": { shape: [dim, hidden], init: weight },
  "fc2.bias": { shape: [dim], init: zeros },
})

/** Linear, GELU (with erf), linear. */
export const mlp = (p: Parameters, x: Tensor): Tensor =>
  linear(gelu(linear(x, p["fc1.weight"], p["fc1.bias"])), p["fc2.weight"], p["fc2.bias"])
