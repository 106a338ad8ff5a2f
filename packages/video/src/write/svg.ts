import sharp from "sharp"
import type { Picture } from "./canvas.js"

/** Draws an SVG on white. Its texts need a font on this machine: see `hasFont`. */
export async function rasterise(svg: string): Promise<Picture> {
  // A matrix of many classes has more text and pixels than the library expects of a drawing.
  const { data, info } = await sharp(Buffer.from(svg), { unlimited: true, limitInputPixels: false })
    .flatten({ background: "#fff" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

/** Whether `rasterise` can draw text: minimal containers come without fonts. */
export async function hasFont(): Promise<boolean> {
  const letter = `<text x="2" y="14" font-family="sans-serif" font-size="14">M</text>`
  const { data } = await rasterise(
    `<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18">${letter}</svg>`,
  )
  return data.some((value) => value < 128)
}
