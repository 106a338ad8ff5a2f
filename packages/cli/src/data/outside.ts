import { realpath, stat } from "node:fs/promises"
import { basename, dirname, join, relative, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import type { ClipItem } from "@tubelet/video"

/** Throws if `out` is inside a folder of the data set, or a clip of it is inside `out`. */
export async function requireOutside(
  out: string,
  folders: readonly string[],
  items: readonly ClipItem[],
): Promise<void> {
  const target = await real(out)
  for (const folder of folders) {
    const isFolder = (await stat(folder)).isDirectory()
    if (isFolder && isInside(target, await real(folder))) throw outsideError(out, `is in ${folder}`)
  }
  for (const { path, packed } of items) {
    const file = await real(packed?.archive ?? path)
    if (isInside(file, target)) throw outsideError(out, `contains ${path}`)
  }
}

const isInside = (path: string, folder: string) => !relative(folder, path).startsWith("..")

const outsideError = (out: string, how: string) =>
  new TubeletError(
    `${out} ${how}, which is part of the data set`,
    "choose a folder outside the data set",
  )

/** A path without links; its last parts need not exist. */
async function real(path: string): Promise<string> {
  const absolute = resolve(path)
  const place = await realpath(absolute).catch(() => undefined)
  return place ?? join(await real(dirname(absolute)), basename(absolute))
}
