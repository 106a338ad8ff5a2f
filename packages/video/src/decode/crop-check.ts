import type { Rect } from "../geometry.js"
import { MediaError } from "./errors.js"
import type { Source } from "./source.js"

/**
 * The crop, or the whole picture.
 *
 * @throws MediaError if the crop is not inside the picture.
 */
export function cropWithin(source: Source, crop: Rect | undefined): Rect {
  const { width, height, path } = source
  if (!crop) return { x: 0, y: 0, width, height }
  const inside =
    Object.values(crop).every(Number.isInteger) &&
    crop.x >= 0 &&
    crop.y >= 0 &&
    crop.width > 0 &&
    crop.height > 0 &&
    crop.x + crop.width <= width &&
    crop.y + crop.height <= height
  if (inside) return crop
  const { x, y, width: w, height: h } = crop
  throw new MediaError(
    path,
    `a crop of ${w}x${h} at (${x}, ${y}) is not inside ${width}x${height}`,
    "use whole pixels inside the image as displayed",
  )
}
