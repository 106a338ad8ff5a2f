import { add, mul, type Tensor } from "@tubelet/core"
import { mapNamed, type Named } from "./named.js"

/**
 * A moving average of weights after a step: decay * average + (1 - decay) * weight (Polyak &
 * Juditsky 1992), for the names that `average` has.
 */
export const movedAverage = (
  average: Named<Tensor>,
  params: Named<Tensor>,
  decay: number,
): Named<Tensor> =>
  mapNamed(average, (before, name) => add(mul(before, decay), mul(params[name], 1 - decay)))
