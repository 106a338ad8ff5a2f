import { replaceFile } from "@tubelet/core/files"
import sharp from "sharp"
import type { Picture } from "./canvas.js"

/** Writes a picture as PNG, atomically. */
export async function writePng(path: string, { data, width, height }: Picture): Promise<void> {
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
  await replaceFile(path, (append) => append(png))
}
