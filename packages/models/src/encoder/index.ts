import type { EncoderConfig } from "../config.js"
import type { Encoder, EncoderStart } from "./encoder.js"
import { maeEncoder } from "./mae.js"
import { videoEncoder } from "./video.js"

export type { EncodeOptions, Encoder, EncoderStart } from "./encoder.js"

export const encoderOf = (config: EncoderConfig, start: EncoderStart): Encoder =>
  config.system === "mae" ? maeEncoder(config, start) : videoEncoder(config, start)
