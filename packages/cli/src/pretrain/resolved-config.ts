import { existsSync } from "node:fs"
import { resolve } from "node:path"
import type { PretrainConfig } from "@tubelet/models"
import { pretrainFields, settledOptions } from "@tubelet/train"
import { valuesFrom } from "../flags/hyperparameters.js"
import type { PretrainValues } from "../flags/pretrain.js"
import { kept, storedInit } from "../run/settings.js"
import type { Plan } from "./plan.js"

/** The contents of a run's config.json. */
export type ResolvedConfig = Omit<PretrainValues, "model"> & { readonly model: PretrainConfig }

/** The resolved config, whose fields are the flags: passed as a config, it is the same run. */
export function resolvedConfig(plan: Plan): ResolvedConfig {
  const { values, config, recipe } = plan
  return {
    model: config,
    ...(plan.path !== undefined && { data: plan.path }),
    out: plan.out,
    ...kept(values, ["backend", "threads", "dtype", "workers", "allowMissing"]),
    ...valuesFrom(pretrainFields, settledOptions(pretrainFields, recipe)),
    ...{ frames: config.frames, stride: plan.stride, size: config.imageSize },
    ...maskFields(plan),
    target: plan.target,
    ...(values.transform !== undefined && { transform: resolve(values.transform) }),
    ...(values.init !== undefined && { init: storedInit(values.init) }),
    ...kept(values, ["checkpointKey", "log"]),
    ...{ saveEvery: plan.saveEvery, keep: plan.keep },
    ...(plan.probe && { probe: resolve(values.probe!), probeEvery: plan.probe.every }),
  }
}

function maskFields({ values, config, masks: { encoder, decoder } }: Plan) {
  const file = (name: string | undefined) =>
    name !== undefined && existsSync(name) ? resolve(name) : name
  return {
    masking: file(values.masking) ?? encoder.masking.name,
    maskRatio: encoder.ratio,
    ...(decoder && { decoderMasking: file(values.decoderMasking) ?? decoder.masking.name }),
    ...(config.system === "videomaev2" && { decoderMaskRatio: decoder?.ratio ?? 0 }),
  }
}
