import { posix } from "node:path"
import { TubeletError } from "@tubelet/core"
import { defineKind, type ListedClip } from "../kind.js"
import { requireOneFileEach } from "../one-file-each.js"
import type { Place } from "../place.js"
import { foldInName } from "../splits.js"
import { wrongLine } from "../wrong-line.js"

const isIndex = (file: string) => posix.basename(file) === "classInd.txt"
const isList = (file: string) => /^(train|test)list0?\d\.txt$/.test(posix.basename(file))

/** UCF101's lists and class index, whose labels count from 1. Test lists have no labels. */
export const ucf101 = defineKind({
  name: "ucf101",
  markers: "classInd.txt, trainlist01.txt and testlist01.txt",
  detects: ({ files }) => files.filter((file) => isIndex(file) || isList(file)),

  async read(place, { files, fold = 1 }) {
    const lists = files.filter((file) =>
      place.only ? file === place.only && isList(file) : isList(file) && foldInName(file) === fold,
    )
    if (lists.length === 0) {
      throw new TubeletError(
        `${place.folder}: UCF101's split ${fold} is missing`,
        `copy trainlist0${fold}.txt and testlist0${fold}.txt from UCF101TrainTestSplits`,
      )
    }
    requireOneFileEach(
      place,
      [...lists, ...files.filter(isIndex)].map((file) => ({ file })),
      ({ file }) => posix.basename(file),
    )
    const classes = await classesOf(place, files.find(isIndex))
    const find = await place.clips()
    const clips: ListedClip[] = []
    for (const file of lists) {
      const split = posix.basename(file).startsWith("train") ? "train" : "test"
      for (const line of await place.lines(file)) {
        const [, path, label, number] = /^(([^/]+)\/.+?)(?:\s+(\d+))?$/.exec(line) ?? []
        const index = classes.indexOf(label)
        const refuse = (problem: string) => wrongLine(place.at(file), line, problem)
        if (index < 0) throw refuse("names a class that is not in classInd.txt")
        if (number !== undefined && Number(number) !== index + 1) {
          throw refuse(`has ${number} for a class with number ${index + 1}`)
        }
        clips.push({ path: find(path, posix.basename(path)), label, split })
      }
    }
    return { classes, clips, fold: foldInName(lists[0])! }
  },
})

/** The names in lines such as `1 ApplyEyeMakeup`. */
async function classesOf(place: Place, file: string | undefined): Promise<string[]> {
  if (file === undefined) {
    throw new TubeletError(
      `${place.folder}: classInd.txt is missing, which names UCF101's classes`,
      "copy it from UCF101TrainTestSplits into the folder of the lists",
    )
  }
  return (await place.lines(file)).map((line, i) => {
    const [, number, name] = /^(\d+)\s+(\S.*)$/.exec(line) ?? []
    if (Number(number) === i + 1) return name
    throw wrongLine(place.at(file), line, `does not name class ${i + 1}`)
  })
}
