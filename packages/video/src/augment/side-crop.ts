import { spatialView } from "../sampling/views.js"
import { cropOf, resizedView } from "./crop-of.js"
import { transformKind } from "./transform.js"

export interface SideCropOptions {
  /** Number of crops, evenly spaced along the longer side. Default: 3. */
  readonly crops?: number
  /** Which of them, from 0. Default: 0. */
  readonly crop?: number
}

/** One of several square crops along the longer side, as in multi-view testing. */
export const sideCrop = transformKind<Required<SideCropOptions>>(
  { crops: 3, crop: 0 },
  ({ crops, crop }) => ({
    draw(input) {
      const part = spatialView(input, crops, crop)
      return cropOf("side-crop", resizedView(part, part, "bilinear"), part)
    },
  }),
)
