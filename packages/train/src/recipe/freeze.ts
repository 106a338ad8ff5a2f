import { TubeletError } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import { layerOf } from "./parameter-groups.js"
import type { ValueType } from "./value-type.js"

/** The frozen part: the whole encoder, or its patch embedding and first N blocks. */
export type Frozen = "encoder" | `encoder:${number}`

/** `encoder`, or `encoder:N`. */
export const frozenType: ValueType<Frozen> = {
  expected: "encoder, or encoder:N for its first N blocks",
  placeholder: "PART",
  accepts: (value): value is Frozen => typeof value === "string" && /^encoder(:\d+)?$/.test(value),
  parse: (text) => text,
}

/** A model with these parameters frozen too. */
export function fixing(
  model: ClassifierModel,
  isFixed: (name: string) => boolean,
): ClassifierModel {
  const fixed = Object.keys(model.specs).filter(isFixed)
  return { ...model, frozen: [...new Set([...model.frozen, ...fixed])] }
}

/** A model whose encoder is frozen, or a part of it: no gradients are computed for that part. */
export function withFrozen(model: ClassifierModel, frozen: Frozen | undefined): ClassifierModel {
  if (frozen === undefined) return model
  const { depth } = model.config.encoder
  const [, count = depth] = frozen.split(":")
  const blocks = Number(count)
  if (blocks > depth) {
    throw new TubeletError(
      `freeze is ${frozen}, but the encoder has ${depth} blocks`,
      `pass at most encoder:${depth}, or encoder to freeze them all`,
    )
  }
  return fixing(model, (name) => layerOf(name, depth) <= blocks)
}
