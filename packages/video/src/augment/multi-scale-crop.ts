import { multiScaleCrop as drawCrop } from "../crop/multi-scale.js"
import { cropOf, resizedView } from "./crop-of.js"
import { transformKind } from "./transform.js"

/** VideoMAE's pre-training crop, resized with antialiased bilinear interpolation. */
export const multiScaleCrop = transformKind({}, () => ({
  draw(input, size, random) {
    const square = { width: size, height: size }
    const part = drawCrop(input, size, random)
    return cropOf("multi-scale-crop", resizedView(part, square, "bilinear"), square)
  },
}))
