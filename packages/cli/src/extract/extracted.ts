import { mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import { disposeAll, upload } from "@tubelet/core"
import { replaceFile } from "@tubelet/core/files"
import { imagenetMean, imagenetStd } from "@tubelet/models"
import { compileFeatures } from "@tubelet/train"
import { type ClipItem, MediaError, windowsOf } from "@tubelet/video"
import { type BackendChoice, openBackend } from "../backends.js"
import type { Output } from "../shell/output.js"
import { countLine } from "../shell/progress/count-line.js"
import type { LoadedEncoder } from "./encoder.js"
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
  { model, weights }: LoadedEncoder,
  { step, normalise, ...choice }: Windows,
  output: Output,
): Promise<WrittenFile[]> {
  const { frames, imageSize: size } = model.config
  const backend = await openBackend(choice, output.log)
  const encoder = await compileFeatures(backend, model, "f32")
  const params = upload(backend, model.specs, weights)
  const windows = { frames, step, size, ...(normalise && { levels: trainingLevels() }) }
  const line = countLine(output, "windows/s")
  const written: WrittenFile[] = []
  try {
    for (const [file, item] of files) {
      const rows: Float32Array[] = []
      try {
        for await (const { clip } of windowsOf(item, windows)) {
          rows.push(...(await encoder.features(params, clip)))
        }
      } catch (error) {
        if (!(error instanceof MediaError)) throw error
        line.note(`skipped ${error.message}`)
        continue
      }
      await mkdir(dirname(file), { recursive: true })
      await replaceFile(file, (append) => append(npyOf(rows)))
      written.push({ input: item.path, file, shape: [rows.length, rows[0].length] })
      line.update(written.length, files.size)
    }
    return written
  } finally {
    line.end()
    disposeAll(params)
    await encoder.dispose()
    await backend.dispose()
  }
}

/** The normalised value of each level of each colour. */
const trainingLevels = (): Float64Array =>
  Float64Array.from(
    { length: 768 },
    (_, i) => ((i % 256) / 255 - imagenetMean[i >> 8]) / imagenetStd[i >> 8],
  )
