import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { writeText, writeTogether } from "@tubelet/core/files"
import {
  type CheckedClip,
  checkClips,
  dataset,
  findDuplicates,
  isPicture,
  listFiles,
  readClassNames,
  writeList,
  writePng,
} from "@tubelet/video"
import { chosenClips } from "../data/chosen.js"
import { kindOf } from "../data/kind.js"
import { reportLines } from "../data/lines.js"
import { reportOn } from "../data/report.js"
import { pictureSize, sheetPictures } from "../data/sheet.js"
import { dataFlags, labelledDataFlags } from "../flags/data.js"
import { asked } from "../setup/data-set.js"
import { requireOwnFiles } from "../setup/overwrite.js"
import { defineCommand } from "../shell/command.js"
import { text, whole, yes } from "../shell/flag.js"
import { countLine } from "../shell/progress/count-line.js"

const flags = {
  ...labelledDataFlags,
  all: yes("open every clip (above 2,000, only a sample)"),
  seed: whole("seed of the clips to hold out (0)", 0),
  workers: dataFlags.workers,
  out: text("folder for data.json and the contact sheet (out/data)", "DIR"),
}

const files = { names: ["contact-sheet.png"], record: "data.json", field: "splits" }

export const dataCommand = defineCommand({
  name: "data",
  summary: "describe a labelled data set and show a clip of each class",
  operands: ["path: the folder or a list of a data set, as downloaded"],
  flags,
  details:
    "Reads class folders, lists of VideoMAE and mmaction2, UCF101, HMDB51, Kinetics,\n" +
    "Something-Something, ImageNet, tar shards, and CSV files with the header\n" +
    "path,label[,split,start,end].",
  example: "tubelet data clips --out out/data",

  async run([path], values, { output }) {
    const { out = "out/data", workers } = values
    const { split, root, labels, valFraction, groupBy } = values
    const names = valFraction ? [...files.names, ...listFiles] : files.names
    await requireOwnFiles({ folder: out, ...files, names })
    const classes = labels === undefined ? undefined : await readClassNames(labels)
    const found = await dataset(path, {
      kind: await kindOf(values.kind),
      ...{ split, root, classes, pictures: values.pictures },
      ...{ valFraction, groupBy, seed: values.seed },
      ...asked({}, output),
    })
    const items = chosenClips(found.items, values.all === true)
    const frames = items.every(({ path }) => isPicture(path)) ? 1 : 4
    const pictures = sheetPictures(found.classes)
    const checked: CheckedClip[] = []
    const line = countLine(output, "clips/s")
    for await (const one of checkClips({ items, frames, size: pictureSize, workers })) {
      pictures.take(one)
      checked.push({ ...one, clip: new Uint8Array() }) // The pictures of all would fill the memory.
      line.update(checked.length, items.length)
    }
    line.end()
    const report = reportOn(found, checked, await findDuplicates(checked))
    await writeTogether(out, async (folder) => {
      await writePng(join(folder, "contact-sheet.png"), pictures.sheet(frames))
      await writeText(join(folder, "data.json"), `${JSON.stringify(report, null, 2)}\n`)
      if (valFraction) await writeList(folder, found)
    })
    output.json({ ...report, out })
    for (const one of reportLines(report)) output.print(one)
    if (items.length === 0) output.print("none of the clips exist: pass their folder as --root")
    const written = await readdir(out)
    const wrote = [...names, files.record].filter((name) => written.includes(name))
    output.print(`wrote ${wrote.sort().join(", ")} to ${out}`)
    return 0
  },
})
