import { posix } from "node:path"
import { TubeletError } from "@tubelet/core"
import { defineKind, type ListedClip } from "../kind.js"
import { requireOneFileEach } from "../one-file-each.js"
import { wrongLine } from "../wrong-line.js"

/** `brush_hair_test_split1.txt` */
const pattern = /^(.+)_test_split([123])\.txt$/

const parsed = (file: string) => {
  const [, label, fold] = pattern.exec(posix.basename(file)) ?? []
  return label === undefined ? undefined : { file, label, fold: Number(fold) }
}

/** What the number after a file means: 0 is in neither split. */
const splits: Readonly<Record<string, string | undefined>> = { 1: "train", 2: "test" }

/** HMDB51's lists: one for each class and partition, with the split of each file. */
export const hmdb51 = defineKind({
  name: "hmdb51",
  markers: "CLASS_test_split1.txt",
  detects: ({ files }) => files.filter((file) => parsed(file)),

  async read(place, { files, fold = 1 }) {
    if (place.only) {
      throw new TubeletError(
        `${place.only}: is HMDB51's list of one class`,
        "pass the folder that contains the lists of all classes",
      )
    }
    const all = files.flatMap((file) => parsed(file) ?? [])
    const classes = [...new Set(all.map(({ label }) => label))].sort()
    const lists = all.filter((list) => list.fold === fold)
    requireOneFileEach(place, lists, ({ label }) => label)
    const lost = classes.find((name) => !lists.some(({ label }) => label === name))
    if (lost !== undefined) {
      throw new TubeletError(
        `${place.folder}: HMDB51's split ${fold} has no list of ${lost}`,
        `copy ${lost}_test_split${fold}.txt from test_train_splits.rar`,
      )
    }
    const find = await place.clips()
    const clips: ListedClip[] = []
    for (const { file, label } of lists) {
      for (const line of await place.lines(file)) {
        const [, name, flag] = /^(.+?)\s+([012])$/.exec(line) ?? []
        if (flag === undefined) throw wrongLine(place.at(file), line, "is not a file and 0, 1 or 2")
        const split = splits[flag]
        if (split) clips.push({ path: find(`${label}/${name}`, name), label, split })
      }
    }
    return { classes, clips, fold }
  },
})
