import { join, posix } from "node:path"
import { TubeletError } from "@tubelet/core"
import { isMedia } from "../../decode/kinds.js"
import { defineKind, type ListedClip } from "../kind.js"
import { knownSplit, splitInName } from "../splits.js"
import { type TarEntry, tarEntries } from "../tar-index.js"

export const isTar = (file: string) => /\.tar$/i.test(file)

/** Shards of WebDataset: tar archives of `KEY.mp4` or `KEY.jpg` with `KEY.cls` or `KEY.json`. */
export const webdataset = defineKind({
  name: "webdataset",
  markers: "tar archives such as train-000000.tar",
  detects: ({ files, only }) =>
    files.filter((file) => isTar(file) && (only === undefined || file === only)),

  async read(place, { files }) {
    const clips: ListedClip[] = []
    for (const file of files) {
      const archive = place.at(file)
      const [split] = [...posix.dirname(file).split("/"), ""].flatMap((f) => knownSplit(f) ?? [])
      for (const sample of samplesIn(await tarEntries(archive))) {
        clips.push({ ...clipOf(archive, sample), ...splitField(split ?? splitInName(file)) })
      }
    }
    return { clips }
  },
})

const splitField = (split: string | undefined) => (split === undefined ? {} : { split })

/** Files whose names are alike up to the first dot after the folder. */
function samplesIn(entries: readonly TarEntry[]): TarEntry[][] {
  const samples = new Map<string, TarEntry[]>()
  for (const entry of entries) {
    const name = posix.basename(entry.name)
    const key = posix.join(posix.dirname(entry.name), name.split(".", 1)[0])
    if (name.startsWith(".")) continue
    const files = samples.get(key)
    if (files) files.push(entry)
    else samples.set(key, [entry])
  }
  return [...samples.values()].filter((files) => files.some(({ name }) => isMedia(name)))
}

function clipOf(archive: string, files: readonly TarEntry[]): ListedClip {
  const [media, other] = files.filter(({ name }) => isMedia(name))
  if (other) {
    throw new TubeletError(
      `${archive}: ${media.name} and ${other.name} belong to one sample`,
      "keep one video or image in each sample",
    )
  }
  const { name, offset, size } = media
  const label = labelIn(files, archive)
  return {
    path: join(archive, name),
    packed: { archive, offset, size },
    ...(label !== undefined && { label }),
  }
}

/** The class in `KEY.cls`, or `label` or `cls` in `KEY.json`. */
function labelIn(files: readonly TarEntry[], archive: string): string | number | undefined {
  const cls = files.find(({ name }) => name.endsWith(".cls"))?.text?.trim()
  if (cls) return labelOf(cls)
  const json = files.find(({ name }) => name.endsWith(".json"))
  if (json?.text === undefined) return undefined
  try {
    const { label, cls = label } = JSON.parse(json.text)
    return typeof cls === "number" || cls === undefined ? cls : labelOf(`${cls}`)
  } catch (cause) {
    throw new TubeletError(`${archive}: ${json.name} is not JSON`, "write the shard again", {
      cause,
    })
  }
}

const labelOf = (text: string) => (/^\d+$/.test(text) ? Number(text) : text)
