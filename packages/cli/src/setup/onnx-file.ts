import { basename } from "node:path"
import { replaceFile } from "@tubelet/core/files"
import type { ClassifierModel } from "@tubelet/models"
import { exportOnnx, largestOnnxFile } from "@tubelet/models/onnx"

/** Writes a model as ONNX. Above `largest` bytes, the weights go into a file next to it. */
export async function writeOnnxFile(
  path: string,
  model: ClassifierModel,
  weights: Readonly<Record<string, Float32Array>>,
  largest = largestOnnxFile,
): Promise<string[]> {
  const bytes = Object.values(weights).reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (bytes <= largest) {
    const whole = exportOnnx(model, weights)
    await replaceFile(path, (append) => append(whole.bytes))
    return [path]
  }
  const external = `${basename(path)}.data`
  const beside = `${path}.data`
  const parts = exportOnnx(model, weights, { external })
  // Weights first, so that they exist whenever the model file does.
  await replaceFile(beside, async (append) => {
    for (const data of parts.data) await append(data)
  })
  await replaceFile(path, (append) => append(parts.bytes))
  return [path, beside]
}
