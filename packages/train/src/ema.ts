import { add, mul, type Tensor } from "@tubelet/core"

type Tensors = Readonly<Record<string, Tensor>>

/**
 * A moving average of weights after a step: decay * average + (1 - decay) * weight (Polyak &
 * Juditsky 1992), for the names that `average` has.
 */
export const movedAverage = (
  average: Tensors,
  params: Tensors,
  decay: number,
): Record<string, Tensor> => {
  const moved = (name: string, before: Tensor) =>
    add(mul(before, decay), mul(params[name], 1 - decay))
  return Object.fromEntries(
    Object.entries(average).map(([name, before]) => [name, moved(name, before)]),
  )
}
