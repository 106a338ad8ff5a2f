import { type Backend, bytesPerElement, type Graph, type Program, type Tensor } from "@tubelet/core"
import {
  flashAttention,
  lifetimesOf,
  planMemory,
  schedule,
  splitReductions,
} from "@tubelet/core/schedule"
import { presetConfig, pretrainModel } from "@tubelet/models"
import { expect, test } from "vitest"
import { compilePretrainStep, defaultMasks, tokenCounts } from "../src/index.js"

const composites = new Set(["gelu", "geluGradient", "sigmoid", "attention", "attentionGradient"])

/** The graph of a model's whole training step. */
async function stepGraph(name: string, batch: number): Promise<Graph> {
  const config = presetConfig(name)
  const model = pretrainModel(config)
  let seen: Graph | undefined
  const backend = {
    name: "watching",
    supports: (op: { name: string }) => composites.has(op.name),
    async compile(graph: Graph) {
      seen = graph
      return {} as Program
    },
  } as unknown as Backend
  await compilePretrainStep(backend, model, {
    batch,
    counts: tokenCounts(model, defaultMasks(config.system)),
  })
  return seen!
}

test("the memory of a VideoMAE V2 step is close to what must be alive", async () => {
  const graph = splitReductions(flashAttention(await stepGraph("videomaev2-ti", 2)))
  const { kernels, inPlace } = schedule(graph, { operands: 8 })
  const results = new Set(graph.outputs.map((o) => o.tensor))
  const bytesOf = (t: Tensor) => Math.ceil((t.size * bytesPerElement(t.dtype)) / 256) * 256
  const lives = lifetimesOf(kernels, { bytesOf, toTheEnd: (t) => results.has(t) })
  const { slabs, liveBytes } = planMemory(lives.filter((x) => !results.has(x.tensor)))
  const taken = slabs.reduce((a, b) => a + b, 0)
  expect(taken / liveBytes).toBeLessThanOrEqual(1.15)
  // Weights and moments are overwritten, never copied.
  const donated = graph.outputs.filter((o) => o.into !== undefined)
  expect(donated.every((o) => inPlace.has(o.tensor))).toBe(true)
})
