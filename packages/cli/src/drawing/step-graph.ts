import { supports } from "@tubelet/backend-webgpu"
import {
  type Backend,
  type Graph,
  isPrimitive,
  type Op,
  optimise,
  type Program,
  spec,
  traceGraph,
} from "@tubelet/core"
import { flashAttention, splitReductions } from "@tubelet/core/schedule"
import {
  classifierConfig,
  classifierModel,
  type PretrainConfig,
  pretrainModel,
} from "@tubelet/models"
import { compilePretrainStep, defaultMasks, tokenCounts } from "@tubelet/train"

export type DrawnStep = "pretrain" | "encode"

const isKept = (op: Op): boolean => isPrimitive(op) || supports(op)

/** The graph of a step as a device's backend schedules it. */
export const stepGraph = async (config: PretrainConfig, step: DrawnStep, batch: number) =>
  splitReductions(
    flashAttention(
      step === "encode" ? encoderGraph(config, batch) : await trainingGraph(config, batch),
    ),
  )

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
  return optimise(graph, isKept)
}

/** What `pretrain` would compile, caught on its way to a backend. */
async function trainingGraph(config: PretrainConfig, batch: number): Promise<Graph> {
  const model = pretrainModel(config)
  const counts = tokenCounts(model, defaultMasks(config.system))
  return new Promise((resolve, reject) => {
    const compile = async (graph: Graph) => {
      resolve(graph)
      return {} as Program
    }
    const catcher = { name: "drawing", supports, compile } as unknown as Backend
    compilePretrainStep(catcher, model, { batch, counts }).catch(reject)
  })
}
