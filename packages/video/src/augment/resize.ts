import { shortSideSize } from "../crop/centre.js"
import { allRows } from "../resize/frame-rows.js"
import { type ResizeMethod, resize as resizeFrames } from "../resize/resize.js"
import { cropOf } from "./crop-of.js"
import { transformKind, type View } from "./transform.js"

export interface ResizeOptions {
  /** The short side relative to the clip's size. Default: 1; MAE's evaluation: 256/224. */
  readonly scale?: number
  /** Default: `point-bilinear`, as OpenCV; MAE's evaluation is `bicubic`. */
  readonly method?: ResizeMethod
}

/** Resizes the short side, as in evaluation; a crop follows. */
export const resize = transformKind<Required<ResizeOptions>>(
  { scale: 1, method: "point-bilinear" },
  ({ scale, method }) => ({
    draw(input, size) {
      const part = { x: 0, y: 0, ...input }
      // The tolerance keeps 224 * (256 / 224) at 256.
      const to = shortSideSize(input, Math.trunc(size * scale + 1e-9))
      const view: View = {
        part,
        make: (frames, _, into) =>
          into.set(resizeFrames(allRows(frames, input), input, to, method)),
      }
      return cropOf("resize", view, to)
    },
  }),
)
