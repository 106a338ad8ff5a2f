import { readdir } from "node:fs/promises"
import { basename, extname, join, posix } from "node:path"
import { TubeletError } from "@tubelet/core"
import { type FolderClip, folderClips } from "../folder-clips.js"
import { defineKind, type ListedClip } from "../kind.js"
import names from "./imagenet-names.json"
import { isSolution, solutionsIn } from "./imagenet-solutions.js"

const isWordNetId = (name: string) => /^n\d{8}$/.test(name)

/** Where the pictures may be: in the folder itself, or as in Kaggle's archive. */
const bases = ["", "Data/CLS-LOC", "ILSVRC/Data/CLS-LOC"]

const isTheirs = (file: string) =>
  isSolution(file) ||
  /^LOC_.+\.(csv|txt)$/.test(posix.basename(file)) ||
  /(^|\/)(ImageSets|ILSVRC2012_devkit_t12)\//.test(file)

/**
 * ImageNet: folders named by WordNet ids, whose order is that of the labels. Validation pictures
 * may all be in one folder if a text has their classes.
 */
export const imagenet = defineKind({
  name: "imagenet",
  markers: "folders named by WordNet ids, such as train/n01440764, or the devkit's ground truth",

  async detects(place) {
    if (place.only !== undefined) return []
    const base = await baseOf(place.root)
    const theirs = place.files.filter(isTheirs)
    if (base === undefined && !theirs.some(isSolution)) return []
    return [base || ".", ...theirs]
  },

  async read(place, { onNotice }) {
    const root = join(place.root, (await baseOf(place.root)) ?? "")
    const found = await folderClips(root, { pictures: "samples", onNotice })
    const training = found.filter(({ split = "train" }) => split === "train")
    const isFlat = found.some(({ label = "", split }) => !isWordNetId(label) && split !== "test")
    const solutions = isFlat ? await solutionsIn(place) : new Map<string, string>()
    const solution = ({ path }: FolderClip) => solutions.get(basename(path, extname(path)))
    const learned = (training.length > 0 ? training : found).filter((clip) => !solution(clip))
    const ids = [...new Set(learned.flatMap(({ label }) => label ?? []))]
    return {
      classes: (ids.length > 0 ? ids : Object.keys(names)).sort().map(nameOf),
      clips: found.map((clip) => listed(clip, solution(clip))),
    }
  },
})

const nameOf = (id: string) => (names as Readonly<Record<string, string>>)[id] ?? id

/** The folder whose training folders are WordNet ids, below the data set's. */
async function baseOf(folder: string): Promise<string | undefined> {
  for (const base of bases) {
    for (const training of ["", "train"]) {
      const entries = await readdir(join(folder, base, training)).catch(() => [])
      if (entries.some(isWordNetId)) return base
    }
  }
  return undefined
}

function listed({ path, split, label }: FolderClip, solution: string | undefined): ListedClip {
  const id = solution ?? label
  if (id === undefined && split !== "test") throw withoutClass(path)
  return {
    path,
    ...(split !== undefined && { split }),
    ...(id !== undefined && { label: nameOf(id) }),
  }
}

const withoutClass = (path: string) =>
  new TubeletError(
    `${path}: is not in a class folder, and the numbers of validation images are not labels`,
    "move the validation images into folders named by WordNet id, such as val/n01440764 " +
      "(valprep.sh does so), or add Kaggle's LOC_val_solution.csv or the devkit",
  )
