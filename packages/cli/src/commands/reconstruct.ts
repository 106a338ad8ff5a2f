import { basename, dirname, join } from "node:path"
import { writeText, writeTogether } from "@tubelet/core/files"
import { tokensOf } from "@tubelet/masking"
import type { PretrainModel } from "@tubelet/models"
import { type Reconstruction, reconstruct } from "@tubelet/train"
import {
  contactSheet,
  drawMask,
  publishedTransforms,
  resize,
  sideBySide,
  writeMp4,
  writePng,
} from "@tubelet/video"
import { backendFlags, openBackend } from "../backends.js"
import { clipFlags, start } from "../flags/clip.js"
import { encoderMaskFlags } from "../flags/mask.js"
import { toldFlags } from "../flags/model.js"
import { readWeights, requireDecoder, tellBeside } from "../setup/checkpoint.js"
import { openFitted } from "../setup/fitted.js"
import { readMask } from "../setup/mask-file.js"
import { drawVisible } from "../setup/masks.js"
import { requireMaskingFiles } from "../setup/moved-masking.js"
import { requireOwnFiles } from "../setup/overwrite.js"
import { pretrainedModel } from "../setup/pretrained-model.js"
import { settingsBeside, settingsSaid } from "../setup/run-settings.js"
import { onDamage, readShownClip } from "../setup/shown-clip.js"
import { defineCommand } from "../shell/command.js"
import { UsageError } from "../shell/errors.js"
import { text, whole } from "../shell/flag.js"

const flags = {
  checkpoint: text("folder of a run or a model, a file, or hf:OWNER/NAME", "PATH"),
  ...encoderMaskFlags,
  mask: text("JSON mask, one number per token (1 = masked)", "FILE"),
  out: text("folder for the images (out/reconstruct)", "DIR"),
  start,
  stride: clipFlags.stride,
  seed: whole("seed of the mask (0)", 0),
  ...toldFlags,
  ...backendFlags,
}

export const reconstructCommand = defineCommand({
  name: "reconstruct",
  summary: "show how a model reconstructs what is masked",
  operands: ["input: a video or a folder of frames; for MAE, an image"],
  flags,
  details: onDamage("`damaged`"),
  example: "tubelet reconstruct clips/street-01.mp4 --checkpoint runs/first --out out/street",

  async run([input], values, { output }) {
    if (!values.checkpoint) {
      throw new UsageError("--checkpoint is missing", "pass a run's folder or a checkpoint")
    }
    const fitted = await openFitted(values.checkpoint, values, output)
    const { path: file, said = {} } = fitted
    await fitted.file.close()
    requireDecoder(fitted.file, "reconstruct")
    tellBeside(fitted.file, output)
    for (const note of fitted.notes) output.log(note)
    const run = await settingsBeside(file)
    if (!values.mask) requireMaskingFiles(join(dirname(file), "config.json"), run, values)
    const settings = { ...settingsSaid(said, fitted.file.video), ...run, ...values }
    const model = await pretrainedModel(fitted, run, values, output)
    const { frames, imageSize: size } = model.config
    const { start = 0, stride = 4, seed = 0, out = "out/reconstruct" } = settings
    const name = basename(input).replace(/\.[^.]*$/, "")
    const names = ["png", "mp4"].map((ending) => `${name}.${ending}`)
    await requireOwnFiles({ folder: out, names, record: `${name}.json`, field: "statistics" })
    const recipe = { frames, size, stride, start, transforms: publishedTransforms.centre }
    const { data: clip, source, damaged } = await readShownClip(input, recipe)
    if (damaged > 0) {
      output.log(
        `${damaged} of ${frames} frames could not be read and were replaced by neighbours or ` +
          "black, so the error below says nothing about the model",
      )
    }
    const visible = values.mask
      ? await readMask(values.mask, tokensOf(model.grid))
      : await drawVisible(settings, { ...model.config, grid: model.grid, clip, seed })

    const backend = await openBackend(values, output.log)
    const weights = await readWeights(file, model, values.checkpointKey)
    const painted = await reconstruct({ backend, model, weights, clip, visible })
    await backend.dispose()

    const rate = frames > 1 ? source.frameRate / stride : 1
    const files = names.map((file) => join(out, file))
    const { loss, statistics } = painted
    const hidden = 1 - visible.length / tokensOf(model.grid)
    const result = { files, checkpoint: dirname(file), loss, statistics, hidden, damaged }
    await writeTogether(out, async (folder) => {
      await writePanels(join(folder, name), { clip, visible, painted, model, rate })
      await writeText(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
    })
    output.json(result)
    output.print(`${(100 * hidden).toFixed(1)}% hidden, mean squared error ${loss.toFixed(4)}`)
    output.print(explained[statistics])
    for (const written of files) output.print(`wrote ${written}`)
    return 0
  },
})

const explained: Readonly<Record<Reconstruction["statistics"], string>> = {
  input:
    "the model predicts normalised pixels; each masked patch is shown with the mean and " +
    "standard deviation of the input, which the model did not predict",
  none: "the model predicts pixels: no statistics of the input are used",
}

/** Original, masked and reconstruction side by side: all frames as a PNG, and an MP4. */
async function writePanels(
  path: string,
  shown: {
    readonly clip: Uint8Array
    readonly visible: Int32Array
    readonly painted: Reconstruction
    readonly model: PretrainModel
    readonly rate: number
  },
): Promise<void> {
  const { clip, visible, painted, model, rate } = shown
  const { imageSize: side, frames } = model.config
  const size = { width: side, height: side }
  // Small frames are enlarged, so that they can be seen.
  const large = Math.max(1, Math.round(224 / side)) * side
  const shownAt = { width: large, height: large }
  const panels = [
    { caption: "original", clip },
    { caption: "masked", clip: drawMask(clip, size, model.grid, visible) },
    { caption: "reconstruction", clip: painted.clip },
  ].map((panel) => ({ ...panel, clip: resize(panel.clip, size, shownAt, "bilinear") }))
  const film = sideBySide(panels, shownAt)
  const columns = frames > 1 ? 2 : 1
  await writePng(`${path}.png`, contactSheet(film.clip, film, { columns }))
  await writeMp4(`${path}.mp4`, film, rate)
}
