import { centreCrop as centreOf } from "../crop/centre.js"
import { cropOf, resizedView } from "./crop-of.js"
import { transformKind } from "./transform.js"

/** The centred square of the clip's size. */
export const centreCrop = transformKind({}, () => ({
  draw(input, size) {
    const part = centreOf(input, size)
    return cropOf("centre-crop", resizedView(part, part, "bilinear"), part)
  },
}))
