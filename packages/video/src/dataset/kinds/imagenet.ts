import { readdir } from "node:fs/promises"
import { basename, extname, join, posix } from "node:path"
import { TubeletError } from "@tubelet/core"
import { type FolderClip, folderClips } from "../folder-clips.js"
import { defineKind, type ListedClip } from "../kind.js"
import type { Place } from "../place.js"
import names from "./imagenet-names.json"

const isWordNetId = (name: string) => /^n\d{8}$/.test(name)

/** Where the pictures may be: in the folder itself, or as in Kaggle's archive. */
const bases = ["", "Data/CLS-LOC", "ILSVRC/Data/CLS-LOC"]

/** Kaggle's labels of the validation pictures. */
const isSolution = (file: string) => posix.basename(file) === "LOC_val_solution.csv"
const isTheirs = (file: string) =>
  /^LOC_.+\.(csv|txt)$/.test(posix.basename(file)) ||
  /(^|\/)(ImageSets|ILSVRC2012_devkit_t12)\//.test(file)

/** ImageNet: folders named by WordNet ids, whose order is that of the labels. */
export const imagenet = defineKind({
  name: "imagenet",
  markers: "train/n01440764 and other folders named by WordNet ids",

  async detects(place) {
    const base = place.only ? undefined : await baseOf(place.folder)
    return base === undefined ? [] : [base || ".", ...place.files.filter(isTheirs)]
  },

  async read(place, { files, onNotice }) {
    const root = join(place.folder, (await baseOf(place.folder)) ?? "")
    const found = await folderClips(root, { pictures: "samples", onNotice })
    const training = found.filter(({ split = "train" }) => split === "train")
    const ids = [...new Set((training.length > 0 ? training : found).flatMap((c) => c.label ?? []))]
    const solutions = await solutionsIn(place, files.find(isSolution))
    return {
      classes: ids.sort().map(nameOf),
      clips: found.map((clip) => listed(clip, solutions)),
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

function listed(
  { path, split, label }: FolderClip,
  solutions: ReadonlyMap<string, string>,
): ListedClip {
  const id = label ?? (split === "val" ? solutions.get(basename(path, extname(path))) : undefined)
  if (id === undefined && split !== "test") throw withoutClass(path)
  return {
    path,
    ...(split !== undefined && { split }),
    ...(id !== undefined && { label: nameOf(id) }),
  }
}

/** The WordNet id of each picture in rows such as `ILSVRC2012_val_00048981,n03995372 85 1 499`. */
async function solutionsIn(place: Place, file: string | undefined): Promise<Map<string, string>> {
  if (file === undefined) return new Map()
  const rows = await place.rows(file)
  return new Map(rows.map((row) => [row.imageid, row.predictionstring?.split(" ")[0] ?? ""]))
}

const withoutClass = (path: string) =>
  new TubeletError(
    `${path}: is not in a class folder, and the numbers of validation images are not labels`,
    "move the validation images into folders named by WordNet id, such as val/n01440764 " +
      "(valprep.sh does so), or add Kaggle's LOC_val_solution.csv",
  )
