import type { Random } from "@tubelet/core/random"
import { bytesFor } from "./floats.js"
import type { Interpolation } from "./ops/sampler.js"
import {
  type Argument,
  increasingArguments,
  type OpName,
  plainArguments,
} from "./rand-augment/levels.js"
import { applyOps, type Op, opOf } from "./rand-augment/ops.js"
import { type Policy, parsePolicy } from "./rand-augment/policy.js"
import { transformKind } from "./transform.js"

export interface RandAugmentOptions {
  /**
   * In timm's notation; `n` ops are drawn with replacement, and each is applied half of the time.
   * Default: VideoMAE's `rand-m7-n4-mstd0.5-inc1`. MAE's is `rand-m9-mstd0.5-inc1`.
   */
  readonly policy?: string
  /** How pixels are moved. Default: bicubic. */
  readonly interpolation?: Interpolation
  /** The colour of what moves in from outside. Default: grey 128; MAE's is [124, 116, 104]. */
  readonly fill?: readonly [number, number, number]
}

/** RandAugment (Cubuk et al. 2020) on bytes, equal to timm's with Pillow bit for bit. */
export const randAugment = transformKind<Required<RandAugmentOptions>>(
  { policy: "rand-m7-n4-mstd0.5-inc1", interpolation: "bicubic", fill: [128, 128, 128] },
  ({ policy: notation, ...moving }) => {
    const policy = parsePolicy(notation)
    return {
      draw(_, __, random) {
        const ops = Array.from({ length: policy.ops }, () => drawOp(policy, random)).flat()
        return {
          apply(frames, { wanted }) {
            const { width, height } = frames
            const part = wanted ?? { x: 0, y: 0, width, height }
            const area = { size: { width, height }, part }
            const data = applyOps(bytesFor("rand-augment", frames), area, ops, moving)
            return { data, width, height }
          },
        }
      },
    }
  },
)

const names = Object.keys(plainArguments) as OpName[]

/** Draws an op, its level, its direction and whether it is applied. */
function drawOp({ magnitude, deviation, increasing }: Policy, random: Random): Op[] {
  const name = names[random.integer(names.length)]
  const level = Math.min(10, Math.max(0, magnitude + deviation * random.normal()))
  const sign = random.uniform() < 0.5 ? -1 : 1
  const applied = random.uniform() < 0.5
  const table: Record<OpName, Argument> = increasing ? increasingArguments : plainArguments
  return applied ? [opOf[name](table[name](level, sign))] : []
}
