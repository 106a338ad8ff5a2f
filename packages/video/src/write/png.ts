import { replaceFile } from "@tubelet/core/files"
import sharp from "sharp"
import type { Picture } from "./canvas.js"

/** Writes a picture as PNG, atomically. */
export async function writePng(path: string, picture: Picture): Promise<void> {
  const png = await encodePng(picture)
  await replaceFile(path, (append) => append(png))
}

/** A picture as the bytes of a PNG file. */
export const encodePng = ({ data, width, height }: Picture): Promise<Uint8Array> =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
