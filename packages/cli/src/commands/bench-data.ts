import { defaultWorkers, discover, load, publishedTransforms } from "@tubelet/video"
import { openBackend } from "../backends.js"
import { clipFlags } from "../flags/clip.js"
import { dataFlags, dataOperand } from "../flags/data.js"
import { asked } from "../setup/data-set.js"
import { defineCommand } from "../shell/command.js"
import { whole } from "../shell/flag.js"

const flags = {
  batch: whole("clips per batch (4)"),
  batches: whole("batches to time (8)"),
  warmup: whole("untimed warm-up batches (2)", 0),
  ...clipFlags,
  ...dataFlags,
  seed: whole("seed of clips and crops (0)", 0),
}

export const benchData = defineCommand({
  name: "bench data",
  summary: "time decoding, cropping and uploading clips",
  operands: [dataOperand],
  flags,
  example: "tubelet bench data clips --workers 2",

  async run([path], values, { output }) {
    const { batch = 4, batches = 8, warmup = 2, size = 224, seed = 0 } = values
    const pictures = values.frames === 1 ? "samples" : "frames"
    const asking = asked(values, output)
    const { allowMissing } = asking
    const items = await discover(path, { pictures, ...asking })
    const cached = items[0].cached
    const { frames = cached?.frames ?? 16, stride = cached?.stride ?? 4 } = values
    const { workers = defaultWorkers(items) } = values
    const backend = await openBackend({}, output.log)
    const transforms = publishedTransforms["multi-scale"]
    const recipe = { frames, stride, size, transforms }
    let skipped = 0
    let done = 0
    let began = performance.now()
    for await (const made of load({ items, batch, workers, seed, ...recipe, allowMissing })) {
      if (done === warmup) began = performance.now()
      skipped += made.skipped.length
      backend.upload(made.clips, { dtype: "u8", shape: made.shape }).dispose()
      if (done++ === warmup + batches) break
    }
    await backend.dispose()
    const timed = done - 1 - warmup
    const seconds = (performance.now() - began) / 1000
    const clipsPerSecond = (timed * batch) / seconds
    const facts = { frames, stride, size, batch, workers, files: items.length }
    output.json({ clipsPerSecond, seconds, clips: timed * batch, skipped, ...facts })
    output.print(
      `${clipsPerSecond.toFixed(1)} clips/s: ${frames} frames of ${size} pixels, ` +
        `stride ${stride}, ${workers} workers, ${items.length} files, ${skipped} clips skipped`,
    )
    return 0
  },
})
