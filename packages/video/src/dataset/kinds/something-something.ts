import { posix } from "node:path"
import { TubeletError } from "@tubelet/core"
import { defineKind, type ListedClip } from "../kind.js"
import { requireOneFileEach } from "../one-file-each.js"
import type { Place } from "../place.js"
import { knownSplit } from "../splits.js"
import { wrongLine } from "../wrong-line.js"

/** `labels.json` and `train.json`, or with `something-something-v2-` before them. */
const pattern = /^(?:something-something-v2-)?(labels|train|validation|test)\.json$/
const answers = /^(?:something-something-v2-)?test-answers\.csv$/

const parsed = (file: string) => {
  const [, role] = pattern.exec(posix.basename(file)) ?? []
  return role === undefined ? undefined : { file, role, split: knownSplit(role) }
}
const isAnswers = (file: string) => answers.test(posix.basename(file))

interface Entry {
  readonly id: string
  readonly template?: string
}

/** Something-Something v2: videos by number, labelled by the template of their description. */
export const somethingSomething = defineKind({
  name: "something-something",
  markers: "labels.json, train.json and validation.json",

  detects({ files }) {
    const theirs = files.filter((file) => parsed(file) || isAnswers(file))
    const roles = new Set(theirs.map((file) => parsed(file)?.role))
    return roles.has("labels") && roles.size > 1 ? theirs : []
  },

  async read(place, { files }) {
    const lists = files.flatMap((file) => parsed(file) ?? [])
    requireOneFileEach(place, lists, ({ role }) => role)
    const classes = await classesOf(place, lists.find(({ role }) => role === "labels")!.file)
    const known = new Set(classes)
    const answered = files.find(isAnswers)
    const labels = answered === undefined ? new Map() : await answersIn(place, answered)
    const find = await place.clips()
    const clips: ListedClip[] = []
    for (const { file, split } of lists) {
      if (split === undefined || (place.only && file !== place.only)) continue
      for (const { id, template } of await entriesIn(place, file)) {
        const label = template?.replaceAll(/[[\]]/g, "") ?? labels.get(id)
        if (label !== undefined && !known.has(label)) {
          throw wrongLine(place.at(file), label, `is the template of ${id}, but not in labels.json`)
        }
        clips.push({ path: find(`${id}.webm`), split, ...(label !== undefined && { label }) })
      }
    }
    return { classes, clips }
  },
})

/** The names in `{ "Approaching something with your camera": "0", ... }`. */
async function classesOf(place: Place, file: string): Promise<string[]> {
  const found = Object.entries((await place.json(file)) as Record<string, unknown>)
  const names = found.map((_, i) => found.find(([, label]) => Number(label) === i)?.[0])
  if (names.length > 0 && names.every((name) => name !== undefined)) return names
  throw new TubeletError(
    `${place.at(file)}: does not number its ${found.length} names from 0`,
    'expected { "Approaching something with your camera": "0", ... }: download it again',
  )
}

async function entriesIn(place: Place, file: string): Promise<Entry[]> {
  const found = await place.json(file)
  const entries = Array.isArray(found) ? (found as Partial<Entry>[]) : []
  const wrong = entries.find(({ id }) => typeof id !== "string" && typeof id !== "number")
  if (entries.length > 0 && !wrong) return entries.map((entry) => ({ ...entry, id: `${entry.id}` }))
  throw new TubeletError(
    `${place.at(file)}: is not a list of clips`,
    'expected [{ "id": "74225", "template": "Spinning [something]" }, ...]: download it again',
  )
}

/** The labels of test clips, in lines such as `1420;Spinning something`. */
const answersIn = async (place: Place, file: string) =>
  new Map((await place.lines(file)).map((line) => line.split(";", 2) as [string, string]))
