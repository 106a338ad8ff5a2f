import { isObject, type JsonObject } from "../files/json.js"
import { type Fields, fields } from "./fields.js"
import type { HuggingFaceModel } from "./model.js"

/** How pixels become a model's input. */
export interface Preprocessor {
  /** Side of the model's square input in pixels. */
  readonly size: number
  /** Per RGB channel, for pixels from 0 to 1. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** Default of transformers' image processors. */
const unsaid = [0.5, 0.5, 0.5]

/** ImageNet's statistics, used by all of the authors' models. */
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

/** Reads `preprocessor_config.json`; errors name `file`. */
export function readPreprocessor(config: JsonObject, file: string): Preprocessor {
  const read = fields(config, file)
  const crop = read.flag("do_center_crop", false) ? config.crop_size : undefined
  return {
    size: sideOf(crop ?? config.size ?? 224, read),
    mean: read.numbers("image_mean", unsaid),
    std: read.numbers("image_std", unsaid),
  }
}

/** A number in old files, `{ height, width }` or `{ shortest_edge }` in new ones. */
function sideOf(size: unknown, read: Fields): number {
  const sizes = isObject(size) ? size : { size }
  const { size: plain, height, shortest_edge: shortest } = sizes
  const side = plain ?? height ?? shortest
  if (Number.isSafeInteger(side) && (side as number) > 0) return side as number
  return read.refuse("its size is not a number of pixels")
}

/** The content of `preprocessor_config.json` for a model, with ImageNet's statistics. */
export function formatPreprocessor({
  system,
  imageSize,
}: Pick<HuggingFaceModel, "system" | "imageSize">): Record<string, unknown> {
  const video = system === "videomae"
  const square = { height: imageSize, width: imageSize }
  return {
    image_processor_type: video ? "VideoMAEImageProcessor" : "ViTImageProcessor",
    do_resize: true,
    size: video ? { shortest_edge: imageSize } : square,
    ...(video && { do_center_crop: true, crop_size: square }),
    resample: video ? 2 : 3,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: imagenet.mean,
    image_std: imagenet.std,
  }
}
