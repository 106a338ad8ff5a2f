import type { System } from "@tubelet/models"
import type { Transform } from "@tubelet/video"
import { type SamplingName, samplings } from "../classify/views.js"
import { withTransform } from "../setup/transforms.js"

interface Learned {
  readonly sampling: SamplingName
  /** Whether a direction tells classes apart: clips are not flipped. */
  readonly directional?: boolean
  readonly transforms: readonly Transform[]
  /** A custom transform's module. */
  readonly transform?: string
}

/** How labelled clips are sampled and augmented to learn from them. */
export const learnedFrom = (
  system: System,
  { sampling, directional, transforms, transform }: Learned,
) => ({
  pixels: "f32" as const,
  transforms: withTransform(
    transforms.filter((one) => !directional || one !== "flip"),
    transform,
  ),
  ...(system !== "mae" && { sampling: samplings[sampling].train }),
})
