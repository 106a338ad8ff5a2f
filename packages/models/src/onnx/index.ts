import { optimise, reshape, spec, type Tensor, TubeletError, traceGraph } from "@tubelet/core"
import { type OnnxFile, openBatch, portableSupports, toOnnx } from "@tubelet/onnx"
import type { ClassifierModel } from "../classifier.js"
import { hasLogits } from "../heads/index.js"

export { largestFile as largestOnnxFile } from "@tubelet/onnx"

export interface ExportOptions {
  /** `logits`, unless the model has no classes. */
  readonly output?: "logits" | "features"
  /** Input as bytes that the file normalises (the default), or as normalised floats. */
  readonly pixels?: "u8" | "f32"
  /** The name of a second file for the weights, needed above 2 GiB: `model.onnx.data`. */
  readonly external?: string
}

/**
 * Exports a classifier or encoder as an ONNX file with its weights, for any runtime and any batch
 * size. The input is `clips` [batch, T, H, W, 3], or for MAE `images` [batch, H, W, 3]; the output
 * is named after its content.
 */
export function exportOnnx(
  model: ClassifierModel,
  weights: Readonly<Record<string, Float32Array>>,
  { output = usualOutput(model), pixels = "u8", external }: ExportOptions = {},
): Pick<OnnxFile, "bytes" | "data"> {
  const { frames, imageSize, system } = model.config
  const pictures = system === "mae"
  const side = [imageSize, imageSize, 3]
  const given = pictures ? [openBatch, ...side] : [openBatch, frames, ...side]
  const name = pictures ? "images" : "clips"
  const forward = ({ [name]: pixels, ...params }: Readonly<Record<string, Tensor>>) => {
    const clips = reshape(pixels, [openBatch, frames, ...side])
    return { [output]: model[output](params, { clips }) }
  }
  const { graph } = traceGraph(forward, { [name]: spec(pixels, given), ...model.specs })
  return toOnnx(optimise(graph, portableSupports), {
    portable: true,
    stored: storedWeights(model, weights),
    ...(external !== undefined && { external }),
  })
}

const usualOutput = ({ config }: ClassifierModel): "logits" | "features" =>
  hasLogits(config) ? "logits" : "features"

/** All are required, although features do not need the head. */
function storedWeights(
  { specs }: ClassifierModel,
  weights: Readonly<Record<string, Float32Array>>,
): Map<string, Float32Array> {
  const missing = Object.keys(specs).filter((name) => !(name in weights))
  if (missing.length === 0) return new Map(Object.keys(specs).map((n) => [n, weights[n]]))
  throw new TubeletError(
    `${missing.length} weights are missing (${missing.slice(0, 3).join(", ")}...)`,
    "pass every weight named in the model's specs",
  )
}
