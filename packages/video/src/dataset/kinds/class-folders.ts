import { readdir } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { TubeletError } from "@tubelet/core"
import { isMedia } from "../../decode/kinds.js"
import { isData } from "../../decode/not-data.js"
import { type FolderClip, folderClips } from "../folder-clips.js"
import { firstLines } from "../header.js"
import { defineKind, type ListedClip } from "../kind.js"
import { isListName } from "../list-file.js"
import type { Place } from "../place.js"

/** A folder for each class, perhaps in folders of splits, or clips without classes. */
export const classFolders = defineKind({
  name: "folders",
  markers: "a folder for each class, in the folder itself or in train, val and test",
  detects({ only }) {
    if (only === undefined) return ["."]
    return isMedia(only) ? [only] : []
  },

  async read(place, request) {
    const { folder, only } = place
    if (only !== undefined) return { clips: [{ path: join(folder, only) }] }
    const found = await folderClips(folder, request)
    const unread = await unreadLists(place)
    if (unread.length > 0) {
      request.onNotice(`${folder}: did not read ${unread[0]}; to read it, pass the file itself`)
    }
    requireClassesOfAll(found)
    requireNotNested(folder, found)
    await requireClipsInAll(folder, found)
    return { clips: found.map(listed) }
  },
})

/** Texts that seem to list clips. */
async function unreadLists({ files, at }: Place): Promise<string[]> {
  const unread: string[] = []
  for (const file of files.filter(isListName).slice(0, mostLists)) {
    const lines = await firstLines(at(file), 2)
    if (lines.some(namesMedia)) unread.push(file)
  }
  return unread
}

const mostLists = 100

const namesMedia = (line: string) => line.split(/[\s,;"]+/).some(isMedia)

const listed = ({ path, split, label }: FolderClip): ListedClip => ({
  path,
  ...(split !== undefined && { split }),
  ...(label !== undefined && { label }),
})

/** Either all clips are in class folders or none is; a test split may have no classes. */
function requireClassesOfAll(clips: readonly FolderClip[]): void {
  const labelled = clips.filter(({ label }) => label !== undefined)
  const open = new Set(["test"].filter((name) => !labelled.some(({ split }) => split === name)))
  const loose = clips.find(({ label, split = "" }) => label === undefined && !open.has(split))
  if (!loose || labelled.length === 0) return
  throw new TubeletError(
    `${loose.path}: is not in a class folder, but ${labelled[0].path} is`,
    "move it into the folder of its class, or out of the data set",
  )
}

/** An only class with folders in it is rather a folder of classes, as archives unpack. */
function requireNotNested(root: string, clips: readonly FolderClip[]): void {
  if (new Set(clips.map(({ label }) => label)).size > 1) return
  const inner = new Set<string>()
  for (const { path, split } of clips) {
    const parts = relative(root, path)
      .split(sep)
      .slice(split === undefined ? 0 : 1)
    if (parts.length > 2) inner.add(parts[1])
  }
  if (inner.size < 2) return
  const [first, second] = inner
  throw new TubeletError(
    `${root}: all clips are in the folder ${clips[0].label}, in ${first}, ${second}, ...`,
    `pass ${clips[0].label} itself if these are the classes or the splits`,
  )
}

/** A class without training clips would still shift the labels of those after it. */
async function requireClipsInAll(root: string, clips: readonly FolderClip[]): Promise<void> {
  const training = clips.filter(({ split = "train" }) => split === "train")
  const classes = new Set(training.map(({ label }) => label))
  if (classes.has(undefined) || classes.size === 0) return
  const [top] = relative(root, training[0].path).split(sep)
  const folder = training[0].split === undefined ? root : join(root, top)
  const empty = (await readdir(folder, { withFileTypes: true })).find(
    (entry) => entry.isDirectory() && isData(entry.name) && !classes.has(entry.name),
  )
  if (!empty) return
  throw new TubeletError(
    `${join(folder, empty.name)}: contains no videos or images, so it is not a class`,
    "add clips of the class, or move the folder out of the data set",
  )
}
