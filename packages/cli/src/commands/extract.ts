import { existsSync } from "node:fs"
import { basename, extname, join, relative, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import { type ClipItem, discover } from "@tubelet/video"
import { backendFlags } from "../backends.js"
import { loadedEncoder } from "../extract/encoder.js"
import { extracted } from "../extract/extracted.js"
import { modelClipFlags } from "../flags/clip.js"
import { checkpointKeyFlag, modelChangeFlags } from "../flags/model.js"
import { digestOf, keepSettings } from "../setup/kept-settings.js"
import { requireOwnFiles } from "../setup/overwrite.js"
import { defineCommand } from "../shell/command.js"
import { UsageError } from "../shell/errors.js"
import { text, whole, yes } from "../shell/flag.js"

const { decoderHeads: _, ...changes } = modelChangeFlags

const flags = {
  checkpoint: text("folder of a run, a file, or hf:OWNER/NAME", "PATH"),
  out: text("folder for the .npy files (out/features)", "DIR"),
  step: whole("frames from one window to the next (16)"),
  normalise: yes("normalise colours as in training (the authors' script does not)"),
  resume: yes("skip videos whose file exists"),
  ...modelClipFlags,
  checkpointKey: checkpointKeyFlag,
  ...changes,
  ...backendFlags,
}

const settingsFile = "extract.json"

export const extractCommand = defineCommand({
  name: "extract",
  summary: "write the features of videos as NumPy files",
  operands: ["path: a video, an image, a folder or a list"],
  flags,
  details:
    "Writes an array [windows, features] per video. Windows are consecutive frames, resized\n" +
    "without cropping, as in VideoMAE V2's temporal action detection (with steps of 4 or 16).",
  example: "tubelet extract clips --checkpoint runs/first --out out/features",

  async run([path], { checkpoint, out = "out/features", ...values }, { output }) {
    if (checkpoint === undefined) {
      throw new UsageError("--checkpoint is missing", "pass a run's folder or a file")
    }
    const { step = 16, normalise = false, resume = false } = values
    const encoder = await loadedEncoder(checkpoint, values, output)
    const { model, weights } = encoder
    const pictures = model.config.system === "mae" ? "samples" : "frames"
    const files = filesFor(await discover(path, { pictures }), path, out)
    if (!resume) {
      const names = [...files.keys()].map((file) => relative(out, file))
      await requireOwnFiles({ folder: out, names, record: settingsFile, field: "step" })
    }
    const settings = { weights: digestOf(weights), model: model.config, step, normalise }
    await keepSettings(join(out, settingsFile), settings, resume)
    const left = new Map([...files].filter(([file]) => !resume || !existsSync(file)))
    if (left.size < files.size) output.log(`${files.size - left.size} files already exist`)
    const written = await extracted(left, encoder, { ...values, step, normalise }, output)
    output.json({ out, shape: written.at(-1)?.shape, files: written })
    const skipped = left.size - written.length
    const others = skipped > 0 ? `, ${skipped} of ${left.size} skipped` : ""
    output.print(`wrote ${written.length} .npy files to ${out}${others}`)
    if (written.length === 0 && left.size > 0) {
      throw new TubeletError("no video could be read", "check the files")
    }
    return 0
  },
})

/** The file of each item: its name below `path`, in `out`. */
function filesFor(items: readonly ClipItem[], path: string, out: string): Map<string, ClipItem> {
  const files = new Map<string, ClipItem>()
  for (const item of items) {
    const name = relative(resolve(path), item.path)
    const own = name === "" || name.startsWith("..") ? basename(item.path) : name
    const file = join(out, `${own.slice(0, own.length - extname(own).length)}.npy`)
    const other = files.get(file)
    if (other) {
      throw new TubeletError(
        `${other.path} and ${item.path} would both be written to ${file}`,
        "pass their folders one by one, each with its own --out",
      )
    }
    files.set(file, item)
  }
  return files
}
