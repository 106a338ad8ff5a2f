import { supports } from "@tubelet/backend-webgpu"
import { type Graph, isPrimitive, optimise, spec, traceGraph } from "@tubelet/core"
import { flashAttention, splitReductions } from "@tubelet/core/schedule"
import {
  classifierConfig,
  classifierModel,
  type PretrainConfig,
  pretrainModel,
} from "@tubelet/models"
import { defaultMasks, pretrainPlan, stepGraph, tokenCounts } from "@tubelet/train"

export type DrawnStep = "pretrain" | "encode"

/** The graph of a step, scheduled as a backend does. */
export const drawnGraph = (config: PretrainConfig, step: DrawnStep, batch: number): Graph =>
  splitReductions(
    flashAttention(step === "encode" ? encoderGraph(config, batch) : trainingGraph(config, batch)),
  )

function trainingGraph(config: PretrainConfig, batch: number): Graph {
  const model = pretrainModel(config)
  const counts = tokenCounts(model, defaultMasks(config.system))
  return stepGraph(pretrainPlan(model, { batch, counts }), supports)
}

function encoderGraph(config: PretrainConfig, batch: number): Graph {
  const model = classifierModel(classifierConfig(config, { classes: 0 }))
  const { frames, imageSize } = config
  const specs = {
    params: model.specs,
    clips: spec("u8", [batch, frames, imageSize, imageSize, 3]),
  }
  const { graph } = traceGraph(
    ({ params, clips }) => ({ features: model.features(params, { clips }) }),
    specs,
  )
  return optimise(graph, (op) => isPrimitive(op) || supports(op))
}
