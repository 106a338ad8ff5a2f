import { readdir, statfs } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import { isOwnRecord } from "@tubelet/core/files"
import { shellWord } from "@tubelet/core/text"
import { dataset, type PreparedClip, prepareDataset, reportMissing } from "@tubelet/video"
import { kindOf } from "../data/kind.js"
import { requireOutside } from "../data/outside.js"
import { labelledDataFlags } from "../flags/data.js"
import { asked } from "../setup/data-set.js"
import { keepSettings } from "../setup/kept-settings.js"
import { defineCommand } from "../shell/command.js"
import { UsageError } from "../shell/errors.js"
import { text, whole } from "../shell/flag.js"
import { interruptedCode } from "../shell/interrupt.js"
import type { Output } from "../shell/output.js"
import { countLine } from "../shell/progress/count-line.js"
import { typed } from "../shell/typed.js"

const { labels: _, valFraction: __, groupBy: ___, ...kindFlags } = labelledDataFlags

const flags = {
  out: text("folder of the new data set; run again to continue", "DIR"),
  shortSide: whole("shorter side in pixels; smaller clips are not enlarged (320)", 2),
  ...kindFlags,
  workers: whole("clips encoded at a time, 0: in the main process (all cores)", 0),
}

export const settingsFile = "prepare.json"

export const prepareCommand = defineCommand({
  name: "prepare",
  summary: "re-encode a data set for faster training",
  operands: ["path: the folder or a list of a data set, as downloaded"],
  flags,
  details:
    "Writes MP4 files with a short side of at most 320 pixels, a key frame every 16 frames, and\n" +
    "no sound; images are resized. Labels and splits are carried over in split.csv.",
  example: "tubelet prepare clips --out prepared",
  onStop: "finishing the clip in progress",

  async run([path], { out, ...values }, { output, signal }) {
    if (out === undefined) throw new UsageError("--out is missing", "pass a folder: --out prepared")
    const { shortSide = 320, workers, split, root, pictures } = values
    const kind = await kindOf(values.kind)
    const found = await dataset(path, { kind, split, root, pictures, ...asked({}, output) })
    if (found.kind === "cache") {
      throw new TubeletError(`${path} is a cache`, "prepare the videos that it was made from")
    }
    await requireOutside(out, root === undefined ? [path] : [path, root], found.items)
    reportMissing(found.items, path, asked({ allowMissing: true }, output))
    await requireOwnFolder(out)
    const advice = "pass the same settings, or choose another folder with --out"
    const source = { data: resolve(path), ...(root !== undefined && { root: resolve(root) }) }
    const settings = { shortSide, ...source, ...(split !== undefined && { split }) }
    await keepSettings(join(out, settingsFile), settings, true, advice)
    const items = found.items.filter((item) => !item.missing)
    const missing = found.items.length - items.length
    const { classes } = found
    const prepared = prepareDataset({ items, classes, out, shortSide, workers, signal })
    const began = performance.now()
    const { files, total, bytes, unreadable } = await followed(prepared, out, output)
    const finished = files === total
    const seconds = (performance.now() - began) / 1000
    const skipped = missing + unreadable
    if (finished && unreadable === files) {
      throw new TubeletError("no clip could be read", "check the data set: tubelet data")
    }
    output.json({ out, finished, clips: files - unreadable, skipped, bytes, seconds })
    const where = relative(process.cwd(), out) || "."
    const clips = finished ? `${files - unreadable}` : `${files - unreadable} of ${total}`
    output.print(`${clips} clips (${shown(bytes)}) in ${where}, ${skipped} left out`)
    output.print(
      finished
        ? `look at them: ${typed(`tubelet data ${shellWord(where)}`)}`
        : "stopped; run the same command again to continue",
    )
    return finished ? 0 : interruptedCode(signal)
  },
})

/** Throws unless the folder is new, empty, or one that prepare began. */
async function requireOwnFolder(out: string): Promise<void> {
  if (await isOwnRecord(join(out, settingsFile), ["shortSide"])) return
  const [first] = await readdir(out).catch(() => [])
  if (first === undefined) return
  throw new TubeletError(
    `${out} is not empty: it has ${first}`,
    "choose a new folder with --out: prepare takes the clips in its folder for finished ones",
  )
}

/** Shows the progress, and what the whole will take once a sample is encoded. */
async function followed(clips: AsyncIterable<PreparedClip>, out: string, output: Output) {
  const line = countLine(output, "clips/s")
  const sum = { files: 0, total: 0, bytes: 0, unreadable: 0 }
  let isEstimated = false
  try {
    for await (const { bytes, reason, sampled, total } of clips) {
      if (!sampled && !isEstimated) {
        isEstimated = true
        line.note(await estimate((sum.bytes / sum.files) * total, out))
      }
      sum.files++
      sum.total = total
      sum.bytes += bytes ?? 0
      if (reason !== undefined) {
        sum.unreadable++
        line.note(`left out: ${reason.split("\n")[0]}`)
      }
      line.update(sum.files, total)
    }
  } finally {
    line.end()
  }
  return sum
}

async function estimate(bytes: number, out: string): Promise<string> {
  const { bavail, bsize } = await statfs(out)
  return `the whole will take about ${shown(bytes)}; ${shown(bavail * bsize)} are free`
}

const shown = (bytes: number) =>
  bytes < 1e9 ? `${(bytes / 1e6).toPrecision(3)} MB` : `${(bytes / 1e9).toPrecision(3)} GB`
