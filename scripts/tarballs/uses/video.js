import { resize } from "@tubelet/video"

export default async () => {
  const grey = new Uint8Array(4 * 4 * 3).fill(128)
  const small = resize(grey, { width: 4, height: 4 }, { width: 2, height: 2 }, "bicubic")
  return { found: [...small], expected: Array(12).fill(128) }
}
