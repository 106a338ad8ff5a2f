import { basename } from "node:path"
import { TubeletError } from "@tubelet/core"
import type { ClipItem } from "../item.js"

/** `Archery/v_Archery_g08_c01.avi` */
const ucfClip = /[\\/]v_[^\\/]+_g\d\d_c\d\d\.\w+$/i
/** A file of HMDB51, which ends in its body parts, camera, people, side, quality and number. */
const hmdbClip = /^[^\\/]+_[fhlu]_(?:cm|nm)_np\d_(?:ba|fr|le|ri)_(?:bad|med|goo)_\d+\.avi$/i

interface Line {
  readonly path: string
  readonly numbers: readonly number[]
}

/** Refuses UCF101's own lists by their names, and HMDB51's also by their files without folders. */
export function requireLabels(lines: readonly Line[], list: string): void {
  const name = basename(list)
  if (/^(train|test)list0?\d\.txt$/.test(name)) throw countsFromOne(list)
  const numbered = lines.filter(({ numbers }) => numbers.length === 1)
  const areHmdb = numbered.length > 0 && lines.every(({ path }) => hmdbClip.test(path))
  if (!areHmdb && !/_test_split\d\.txt$/.test(name)) return
  throw new TubeletError(
    `${list}: is a list of HMDB51, whose numbers are splits and not labels`,
    "read the folder of all its lists as a data set of kind hmdb51",
  )
}

/** Refuses clips of UCF101 if no label is 0: in its own lists, labels count from 1. */
export function requireFromZero(items: readonly ClipItem[], list: string): void {
  const isZero = ({ label }: ClipItem) => label === undefined || label === 0
  if (items.length === 0 || items.some(isZero)) return
  if (items.every(({ path }) => ucfClip.test(path))) throw countsFromOne(list)
}

const countsFromOne = (list: string) =>
  new TubeletError(
    `${list}: is a list of UCF101, whose labels start at 1`,
    "read it as a data set of kind ucf101, with classInd.txt next to it; if its labels do start " +
      "at 0, write a CSV file with the header path,label",
  )
