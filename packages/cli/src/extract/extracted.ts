import { mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import { replaceFile } from "@tubelet/core/files"
import { imagenetMean, imagenetStd } from "@tubelet/models"
import { type ClipItem, MediaError, windowsOf } from "@tubelet/video"
import type { BackendChoice } from "../backends.js"
import type { Output } from "../shell/output.js"
import { countLine } from "../shell/progress/count-line.js"
import { type FeaturesOf, type LoadedEncoder, withFeatures } from "./encoder.js"
import { npyOf } from "./npy.js"

interface Windows extends BackendChoice {
  readonly step: number
  readonly normalise: boolean
}

interface WrittenFile {
  readonly input: string
  readonly file: string
  readonly shape: readonly [windows: number, features: number]
}

/** Writes the features of each item to its file, and names those that cannot be read. */
export async function extracted(
  files: ReadonlyMap<string, ClipItem>,
  encoder: LoadedEncoder,
  { step, normalise, ...choice }: Windows,
  output: Output,
): Promise<WrittenFile[]> {
  const { frames, imageSize: size } = encoder.model.config
  const windows = { frames, step, size, ...(normalise && { levels: trainingLevels() }) }
  const line = countLine(output, "windows/s")
  const written: WrittenFile[] = []
  let done = 0
  const write = async (featuresOf: FeaturesOf<"f32">) => {
    for (const [file, item] of files) {
      const rows: Float32Array[] = []
      try {
        for await (const { clip } of windowsOf(item, windows))
          rows.push(...(await featuresOf(clip)))
      } catch (error) {
        if (!(error instanceof MediaError)) throw error
        line.note(`skipped ${error.message}`)
        line.update(++done, files.size)
        continue
      }
      await mkdir(dirname(file), { recursive: true })
      await replaceFile(file, (append) => append(npyOf(rows)))
      written.push({ input: item.path, file, shape: [rows.length, rows[0].length] })
      line.update(++done, files.size)
    }
    return written
  }
  return withFeatures(encoder, "f32", { choice, output }, write).finally(line.end)
}

/** The normalised value of each level of each colour. */
const trainingLevels = (): Float64Array =>
  Float64Array.from(
    { length: 768 },
    (_, i) => ((i % 256) / 255 - imagenetMean[i >> 8]) / imagenetStd[i >> 8],
  )
