import { existsSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { type ClipItem, defaultWorkers, discover, load } from "@tubelet/video"
import { openBackend } from "../backends.js"
import type { Measured } from "../bench/limit.js"
import { pretraining, type Reading, readingOf } from "../bench/reading.js"
import { report } from "../bench/report.js"
import { type Batches, measure } from "../bench/speed.js"
import { clipFlags } from "../flags/clip.js"
import { dataFlags, dataOperand, transformFlag } from "../flags/data.js"
import { asked } from "../setup/data-set.js"
import { defineCommand } from "../shell/command.js"
import { number, text, whole } from "../shell/flag.js"
import { settingsFile } from "./prepare.js"

const flags = {
  recipe: text("published recipe of any command (none)", "NAME"),
  demand: number("clips per second that your GPU needs", { above: 0 }),
  batch: whole("clips per batch (4)"),
  batches: whole("batches to time (8)"),
  warmup: whole("untimed warm-up batches (2)", 0),
  ...clipFlags,
  transform: transformFlag,
  ...dataFlags,
  seed: whole("seed of clips and transforms (0)", 0),
}

export const benchData = defineCommand({
  name: "bench data",
  summary: "time data loading and name the bottleneck",
  operands: [dataOperand],
  flags,
  details:
    "Clips are counted as the model sees them: two per decoded clip if the recipe has 2\n" +
    "repeats. Then the command simulates a GPU that takes as many batches at 0.9 of the\n" +
    "measured rate, or at --demand if that is less, and prints how long it waits.",
  example: "tubelet bench data clips --recipe videomae/k400-pretrain --demand 100",

  async run([path], values, { output }) {
    const { recipe, demand, transform, batch = 4, batches = 8, warmup = 2, seed = 0 } = values
    const reading = recipe ? readingOf(recipe, transform) : pretraining("videomae", 1, transform)
    const asking = asked(values, output)
    const isImage = reading.system === "mae" || values.frames === 1
    const items = await discover(path, { pictures: isImage ? "samples" : "frames", ...asking })
    const { workers = defaultWorkers(items) } = values
    const clips = clipsOf(reading, items, values)
    const backend = await openBackend({}, output.log)
    const stream: Batches = load({
      ...{ ...clips, batch, workers, seed, allowMissing: asking.allowMissing },
      items: atLeast(batch * (warmup + 2 * batches + 1), items),
    })
    const counts = { warmup, batches, demand }
    const { speed, consumer } = await measure(stream, counts, backend).finally(async () => {
      await stream.return?.()
      await backend.dispose()
    })
    const cores = availableParallelism()
    const measured = { ...speed, path, kind: storedAs(path, items), workers, cores }
    const facts = { recipe, ...clips, batch, files: items.length }
    report({ measured, consumer, demand, facts }, output)
    return 0
  },
})

/** The clips of a recipe, as the flags and a cache change them. */
function clipsOf(
  { system, stride: published, ...reading }: Reading,
  [{ cached }]: readonly ClipItem[],
  { frames, stride, size = 224 }: { frames?: number; stride?: number; size?: number },
) {
  const [one, step] = system === "mae" ? [1, 1] : [cached?.frames ?? 16, cached?.stride ?? 4]
  return { ...reading, frames: frames ?? one, stride: stride ?? published ?? step, size }
}

/** The items, repeated: a batch ends with its epoch, and all should be full. */
const atLeast = (count: number, items: readonly ClipItem[]): ClipItem[] =>
  new Array(Math.ceil(count / items.length)).fill(items).flat()

function storedAs(path: string, [{ cached }]: readonly ClipItem[]): Measured["kind"] {
  if (cached) return "cached"
  return existsSync(join(path, settingsFile)) ? "prepared" : "original"
}
