import { relative } from "node:path"
import { TubeletError } from "@tubelet/core"
import { shellWord } from "@tubelet/core/text"
import {
  type CacheProgress,
  type Dataset,
  dataset,
  discover,
  reportMissing,
  writeCache,
} from "@tubelet/video"
import { kindOf } from "../data/kind.js"
import { clipFlags } from "../flags/clip.js"
import { dataFlags, dataOperand, labelledDataFlags } from "../flags/data.js"
import { asked } from "../setup/data-set.js"
import { defineCommand } from "../shell/command.js"
import { UsageError } from "../shell/errors.js"
import { type FlagValues, text, whole } from "../shell/flag.js"
import { interruptedCode } from "../shell/interrupt.js"
import type { Output } from "../shell/output.js"
import { countLine } from "../shell/progress/count-line.js"
import { typed } from "../shell/typed.js"

const flags = {
  out: text("folder of the cache; run again to continue", "DIR"),
  frames: clipFlags.frames,
  stride: clipFlags.stride,
  shortSide: whole("shorter side in pixels; smaller frames are not enlarged (256)"),
  clipsPerVideo: whole("clips per video, evenly spaced; 1: the middle clip (1)"),
  shardMib: whole("shard size in MiB (1024)"),
  kind: labelledDataFlags.kind,
  split: labelledDataFlags.split,
  root: labelledDataFlags.root,
  ...dataFlags,
}

export const cacheCommand = defineCommand({
  name: "cache",
  summary: "decode clips once, for much faster training",
  operands: [dataOperand],
  flags,
  example: "tubelet cache clips --out cached --short-side 256",
  onStop: "finishing the clips in progress",

  async run([path], { out, shardMib, ...values }, { output, signal }) {
    if (out === undefined) throw new UsageError("--out is missing", "pass a folder: --out cached")
    const { items, classes } = await clipsAt(path, values, output)
    const missing = new Set(items.filter((item) => item.missing).map((item) => item.path))
    const began = performance.now()
    let last: CacheProgress | undefined
    let unreadable = 0
    let line = countLine(output, "checked clips/s")
    const shardBytes = shardMib === undefined ? {} : { shardBytes: shardMib * 2 ** 20 }
    const onCheck = (checked: number, stored: number) => line.update(checked, stored)
    const { kind: _, split: __, root: ___, ...decoding } = values
    const settings = {
      items,
      classes,
      out,
      source: path,
      signal,
      ...decoding,
      ...shardBytes,
      onCheck,
    }
    try {
      for await (const progress of writeCache(settings)) {
        if (!last) {
          line.end()
          line = countLine(output, "clips/s")
        }
        last = progress
        if (progress.unreadable) {
          unreadable++
          const { path, reason } = progress.unreadable
          if (!missing.has(path)) line.note(`left out: ${reason.split("\n")[0]}`)
        }
        line.update(progress.done, progress.total)
      }
    } finally {
      line.end()
    }
    const { done, total, clips, bytes } = last!
    const finished = done === total
    const seconds = (performance.now() - began) / 1000
    output.json({ out, finished, clips, unreadable, bytes, seconds })
    const where = relative(process.cwd(), out) || "."
    output.print(`${clips} clips in ${where}, ${unreadable} left out`)
    output.print(
      finished
        ? `train on them: ${typed(`tubelet pretrain --data ${shellWord(where)}`)}`
        : "stopped; run the same command again to continue",
    )
    return finished ? 0 : interruptedCode(signal)
  },
})

/** The clips of a labelled data set; without labels, or if they are ambiguous, all clips. */
async function clipsAt(
  path: string,
  { kind, split, root, frames, ...values }: FlagValues<typeof flags>,
  output: Output,
): Promise<Pick<Dataset, "items" | "classes">> {
  const isNamed = [kind, split, root].some((value) => value !== undefined)
  const common = {
    pictures: frames === 1 ? "samples" : "frames",
    ...asked(values, output),
  } as const
  const notices: string[] = []
  const onNotice = (notice: string) => notices.push(notice)
  const found = await dataset(path, {
    ...{ ...common, kind: await kindOf(kind), split, root, onNotice },
  }).catch((error: unknown) => {
    if (isNamed || !(error instanceof TubeletError)) throw error
    return error
  })
  if (!(found instanceof TubeletError) && (isNamed || found.classes.length > 0)) {
    for (const notice of notices) output.log(notice)
    reportMissing(found.items, path, common)
    return found
  }
  const items = await discover(path, common)
  if (found instanceof TubeletError) output.log(`caching without labels: ${found.problem}`)
  return { items, classes: [] }
}
