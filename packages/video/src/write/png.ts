import sharp from "sharp"
import type { Picture } from "./canvas.js"

/** Writes a picture as PNG. */
export async function writePng(path: string, { data, width, height }: Picture): Promise<void> {
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path)
}
