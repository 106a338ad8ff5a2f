import { posix } from "node:path"
import { TubeletError } from "@tubelet/core"
import type { Place } from "../place.js"
import { wrongLine } from "../wrong-line.js"

/** The WordNet id of each validation picture, by its name without extension. */
type Solutions = ReadonlyMap<string, string>

/** The texts that have them, the most direct one first. */
const forms: readonly (readonly [RegExp, (place: Place, file: string) => Promise<Solutions>])[] = [
  [/^LOC_val_solution\.csv$/, ofKaggle],
  [/^imagenet_2012_validation_synset_labels\.txt$/, ofIds],
  [/^ILSVRC201\d_(clsloc_)?validation_ground_truth\.txt$/, ofDevkit],
]
const isMapping = (file: string) => posix.basename(file) === "map_clsloc.txt"

export const isSolution = (file: string): boolean =>
  isMapping(file) || forms.some(([name]) => name.test(posix.basename(file)))

/** The classes of validation pictures that are all in one folder; empty without such a text. */
export async function solutionsIn(place: Place): Promise<Solutions> {
  for (const [name, read] of forms) {
    const file = place.files.find((one) => name.test(posix.basename(one)))
    if (file !== undefined) return read(place, file)
  }
  return new Map()
}

/** Rows such as `ILSVRC2012_val_00048981,n03995372 85 1 499 272`. */
async function ofKaggle(place: Place, file: string): Promise<Solutions> {
  const rows = await place.rows(file)
  return new Map(rows.map((row) => [row.imageid, row.predictionstring?.split(" ")[0] ?? ""]))
}

/** A WordNet id a line, in the order of the pictures' numbers. */
async function ofIds(place: Place, file: string): Promise<Solutions> {
  const lines = await place.lines(file)
  const other = lines.find((line) => !/^n\d{8}$/.test(line))
  if (other !== undefined) throw wrongLine(place.at(file), other, "is not a WordNet id")
  return numbered(lines)
}

/** A number a line, which lines of `map_clsloc.txt` such as `n02119789 1 kit_fox` explain. */
async function ofDevkit(place: Place, file: string): Promise<Solutions> {
  const mapping = place.files.find(isMapping)
  if (mapping === undefined) throw withoutMapping(place.at(file))
  const words = (await place.lines(mapping)).map((line) => line.split(/\s+/))
  const ids = new Map(words.map(([id, number]) => [number, id]))
  const idOf = (number: string) => {
    const id = ids.get(number)
    if (id !== undefined) return id
    throw wrongLine(place.at(file), number, `is not a number in ${place.at(mapping)}`)
  }
  return numbered((await place.lines(file)).map(idOf))
}

const numbered = (ids: readonly string[]): Solutions =>
  new Map(ids.map((id, i) => [`ILSVRC2012_val_${String(i + 1).padStart(8, "0")}`, id]))

const withoutMapping = (file: string) =>
  new TubeletError(
    `${file}: the classes of its numbers are in meta.mat, a MATLAB file that is not read`,
    "write them to map_clsloc.txt beside it, with SciPy: " +
      'python3 -c "from scipy.io import loadmat; ' +
      "[print(s[1], int(s[0])) for s in loadmat('meta.mat', squeeze_me=True)['synsets']]\" " +
      "> map_clsloc.txt",
  )
