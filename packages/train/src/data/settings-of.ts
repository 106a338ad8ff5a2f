import { crc32 } from "@tubelet/core/checksum"
import { fileSystem, paths } from "@tubelet/core/files"
import type { Transform } from "@tubelet/video"

/**
 * Transforms as a run's settings: a custom one as its file's name and checksum, which stay the same
 * if the project is moved.
 */
export const settingsOf = (transforms: readonly Transform[]): Promise<readonly unknown[]> =>
  Promise.all(transforms.map(settingOf))

async function settingOf(transform: Transform): Promise<unknown> {
  if (typeof transform === "string" || !("module" in transform)) return transform
  const { module: path, ...options } = transform
  const [{ readFile }, { basename }] = [await fileSystem(), await paths()]
  // A URL, or a missing file, which the import of the module reports.
  const content = await readFile(path).catch(() => undefined)
  return content ? { module: basename(path), crc32: crc32(content), ...options } : transform
}
