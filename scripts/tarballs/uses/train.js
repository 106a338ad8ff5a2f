import { referenceBackend } from "@tubelet/core/testing"
import { pretrainModel } from "@tubelet/models"
import { memoryClips, pretrain } from "@tubelet/train"

const tower = { dim: 8, depth: 1, heads: 2, mlpHidden: 16 }
const model = pretrainModel({
  ...{ system: "mae", imageSize: 16, patchSize: 4, frames: 1, tubelet: 1, eps: 1e-6 },
  ...{ encoder: tower, decoder: tower, qkvBias: true, initValues: 0 },
  ...{ cosineAttention: false, learnablePositions: false },
})
const data = memoryClips([new Uint8Array(16 * 16 * 3), new Uint8Array(16 * 16 * 3).fill(255)])
const options = { model, data, backend: referenceBackend(), batch: 2, steps: 2, warmup: 0 }

/** Folders are Node's: a page is told so. */
const folderInPage = () =>
  pretrain({ ...options, out: "runs" })
    .next()
    .catch(({ message }) => message.split("\n")[0])

export default async () => {
  const losses = []
  for await (const { loss } of pretrain(options)) losses.push(loss)
  if ("document" in globalThis) losses.push(await folderInPage())
  const error = "cannot write to folder runs outside Node"
  const expected = "document" in globalThis ? [true, true, error] : [true, true]
  return { found: losses.map((x) => (typeof x === "number" ? x > 0 : x)), expected }
}
