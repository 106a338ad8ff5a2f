import { bytesPerElement, type Graph, type Tensor } from "@tubelet/core"
import {
  flashAttention,
  lifetimesOf,
  planMemory,
  schedule,
  splitReductions,
} from "@tubelet/core/schedule"
import { presetConfig, pretrainModel } from "@tubelet/models"
import { expect, test } from "vitest"
import { defaultMasks, pretrainPlan, stepGraph, tokenCounts } from "../src/index.js"

const composites = new Set(["gelu", "geluGradient", "sigmoid", "attention", "attentionGradient"])

/** The graph of a preset's whole training step. */
function presetGraph(name: string, batch: number): Graph {
  const config = presetConfig(name)
  const model = pretrainModel(config)
  const counts = tokenCounts(model, defaultMasks(config.system))
  return stepGraph(pretrainPlan(model, { batch, counts }), (op) => composites.has(op.name))
}

test("the memory of a VideoMAE V2 step is close to what must be alive", () => {
  const graph = splitReductions(flashAttention(presetGraph("videomaev2-ti", 2)))
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
