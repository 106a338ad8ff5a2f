import { relative, sep } from "node:path"
import { TubeletError } from "@tubelet/core"
import type { KindRequest } from "./kind.js"
import { type Found, search } from "./search.js"
import { knownSplit } from "./splits.js"

/** A clip by its place in folders such as `train/jump/a.mp4` or `jump/a.mp4`. */
export interface FolderClip {
  /** Absolute. */
  readonly path: string
  /** The split of the folder it is in, if there are such folders. */
  readonly split: string | undefined
  /** The class folder it is in; undefined if it is in none. */
  readonly label: string | undefined
}

/**
 * Searches folders of classes, with or without folders of splits above them.
 *
 * @throws TubeletError if there are folders of splits and others next to them, or if it is unclear
 * whether pictures are clips or frames.
 */
export async function folderClips(
  root: string,
  { pictures, onNotice }: Pick<KindRequest, "pictures" | "onNotice">,
): Promise<FolderClip[]> {
  const partsOf = (path: string) => relative(root, path).split(sep)
  const samples = await search(root, "samples")
  const splits = splitFolders(root, samples.paths.map(partsOf))
  const inSplit = (parts: string[]) => (splits.size > 0 ? parts.slice(1) : parts)
  const mode = pictures ?? pictureMode(root, samples, (path) => inSplit(partsOf(path)).length)
  const { paths, beside } = mode === "samples" ? samples : await search(root, mode)
  if (beside.length > 0) {
    onNotice(`${root}: skipped ${beside.length} images next to videos, such as ${beside[0]}`)
  }
  return paths.map((path) => {
    const parts = partsOf(path)
    const [label, ...rest] = inSplit(parts)
    return { path, split: splits.get(parts[0]), label: rest.length > 0 ? label : undefined }
  })
}

/** The splits of the folders at the top, if all of them name one: `train` and `validation`. */
function splitFolders(root: string, clips: readonly string[][]): Map<string, string> {
  const splits = new Map<string, string>()
  for (const [top, ...below] of clips) {
    const split = below.length > 0 && knownSplit(top)
    if (split) splits.set(top, split)
  }
  const other = clips.find(([top]) => !splits.has(top))
  const nested = clips.find(([top, ...below]) => splits.has(top) && below.length > 1)
  if (other && !nested) return new Map() // Classes that happen to be called `train` or `test`.
  if (other && nested) {
    throw new TubeletError(
      `${root}: contains the split ${nested[0]} and, next to it, ${other[0]}`,
      `move ${other[0]} into a split, or rename ${nested[0]} if it is a class`,
    )
  }
  for (const [folder, split] of splits) {
    const twin = [...splits.keys()].find((name) => name !== folder && splits.get(name) === split)
    if (twin === undefined) continue
    throw new TubeletError(`${root}: both ${folder} and ${twin} are the split ${split}`, "keep one")
  }
  return splits
}

/** Pictures right in class folders are clips; in folders below them, they are frames. */
function pictureMode(
  root: string,
  { paths, pictures }: Found,
  depth: (path: string) => number,
): "samples" | "frames" {
  if (pictures < paths.length) return "frames"
  const direct = paths.find((path) => depth(path) <= 2)
  const deeper = paths.find((path) => depth(path) > 2)
  if (direct === undefined || deeper === undefined) return direct ? "samples" : "frames"
  throw new TubeletError(
    `${root}: ${relative(root, direct)} is directly in a class folder, but ` +
      `${relative(root, deeper)} is in a folder inside one`,
    'set pictures to "samples" if each image is a clip, to "frames" if each folder of images is',
  )
}
