import { schedule } from "@tubelet/core/schedule"
import type { PretrainConfig } from "@tubelet/models"
import type { ModelChoice } from "../flags/model-choice.js"
import { type DrawnStep, drawnGraph } from "./step-graph.js"
import { drawGraph } from "./svg.js"

/** The storage buffers per kernel that every WebGPU device allows. */
const operands = 8

interface Options {
  readonly model: ModelChoice
  readonly step: DrawnStep
  readonly batch: number
}

/** Draws a step of a model with one block of each stack; the others are alike. */
export async function drawStep(config: PretrainConfig, { model, step, batch }: Options) {
  const { encoder, decoder } = config
  const one = { ...config, encoder: { ...encoder, depth: 1 }, decoder: { ...decoder, depth: 1 } }
  const graph = drawnGraph(one, step, batch)
  const scheduled = schedule(graph, { operands })
  const name = typeof model === "string" ? model : model.system
  const blocks =
    step === "pretrain"
      ? `one block of ${encoder.depth} and, in the decoder, of ${decoder.depth}`
      : `one block of ${encoder.depth}`
  const caption = [
    `${name}, ${step}, batch ${batch}: ${scheduled.kernels.length} kernels, ${blocks}`,
    "▸ input of a kernel   ◂ result, or state updated in place",
  ]
  return { svg: drawGraph(graph, scheduled, caption), kernels: scheduled.kernels.length }
}
