import { type Graph, isPrimitive, nodesOf, optimise, traceGraph, upload } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { classifierModel, type HeadKind, type Pool } from "@tubelet/models"
import { expect, test } from "vitest"
import {
  compileFeatures,
  memoryStore,
  type ProbeOptions,
  probe,
  probeTask,
  resolveProbeRecipe,
  type StepResult,
  stepGraph,
} from "../src/index.js"
import { brightBytes, brightClips, tinyClassifier } from "./tiny.js"

const backend = referenceBackend()
const tiny = (head: HeadKind, pool: Pool) => classifierModel({ ...tinyClassifier(), head, pool })
const linear = tiny("batch-norm", "mean")

const options = (given: Partial<ProbeOptions> = {}): ProbeOptions => ({
  ...{ backend, model: linear, data: brightClips(9), batch: 4, steps: 30, warmup: 2 },
  ...{ optimizer: "adamw", learningRate: 3e-2, seed: 3, ...given },
})

async function ended(given: ProbeOptions) {
  const weights: Record<string, Float32Array> = {}
  const results: StepResult[] = []
  for await (const result of probe(given)) {
    results.push(result)
    for (const [name, handle] of Object.entries(result.weights)) {
      weights[name] = (await handle.data()) as Float32Array
    }
  }
  return { weights, results }
}

test.each([
  ["batch-norm", "mean"],
  ["linear", "mean"],
  ["attentive", "none"],
] as const)("a %s head learns on a frozen encoder, pool %s", async (head, pool) => {
  const model = tiny(head, pool)
  const { weights, results } = await ended(options({ model, evaluation: brightBytes(7) }))
  const initial = model.initialise(3)
  for (const [name, values] of Object.entries(initial)) {
    const same = weights[name].every((value, i) => value === values[i])
    expect([name, same]).toEqual([name, !name.startsWith("head.")])
  }
  expect(results.at(-1)!.loss).toBeLessThan(0.5 * results[0].loss)
  expect(results.at(-1)!.scores).toMatchObject({ top1: 1, skipped: 1 })
})

// Of 9 clips, the last micro-batch of an epoch has one.
test.each([
  { optimizer: "lars", accumulate: 1 },
  { optimizer: "sgd", accumulate: 2 },
  { optimizer: "adamw", accumulate: 1 },
] as const)(
  "with $optimizer and $accumulate micro-batches, a stopped run ends with the same weights",
  async ({ optimizer, accumulate }) => {
    const given = options({ optimizer, accumulate, learningRate: 0.1, steps: 6 })
    const whole = await ended(given)
    const out = memoryStore()
    const stop = new AbortController()
    for await (const { step } of probe({ ...given, out, signal: stop.signal })) {
      if (step === 2) stop.abort()
    }
    const resumed = await ended({ ...given, out, resume: true })
    expect(resumed.results[0].step).toBe(3)
    expect(resumed.weights).toEqual(whole.weights)
    expect(Object.values(whole.weights).every((w) => w.every(Number.isFinite))).toBe(true)
    const other = optimizer === "lars" ? "sgd" : "lars"
    await expect(ended({ ...given, out, optimizer: other, resume: true })).rejects.toThrow(
      `optimizer ${optimizer}, not ${other}`,
    )
  },
)

const recipe = resolveProbeRecipe("videomae", 9, { batch: 4, steps: 6 })

test("the encoder runs forward only, and the optimizer's state is updated in place", () => {
  const graph = stepGraph(probeTask(linear, recipe), () => false)
  const encoder = traceGraph(
    ({ params, clips }) => ({ features: linear.features(params, { clips }) }),
    { params: linear.specs, clips: linear.inputSpecs(4, "f32").clips },
  )
  // The head has two products: its own, and the gradient of its weight.
  expect(productsIn(graph)).toBe(productsIn(optimise(encoder.graph, isPrimitive)) + 2)
  const state = graph.inputs.flatMap(({ path }) => (path.startsWith("optimizer/") ? [path] : []))
  expect(state.sort()).toEqual(
    ["bias", "weight"].map((name) => `optimizer/momentum/head.1.${name}`),
  )
  const overwritten = graph.outputs.flatMap(({ into }) =>
    into === undefined ? [] : [graph.inputs[into].path],
  )
  expect(overwritten).toEqual(expect.arrayContaining(state))
})

const productsIn = ({ outputs }: Graph): number =>
  nodesOf(outputs.map(({ tensor }) => tensor)).filter(({ op }) => op.name === "matmul").length

test("each micro-batch moves the running statistics of the frozen features", async () => {
  const data = brightClips(4)
  const { weights } = await ended(options({ data, batch: 2, accumulate: 2, steps: 1 }))
  const initial = linear.initialise(3)
  const encoder = await compileFeatures(backend, linear, "f32")
  const handles = upload(backend, linear.specs, initial)
  const batches = data.batches({ batch: 2, start: 0 })
  const [mean, variance] = [initial["head.0.running_mean"], initial["head.0.running_var"]]
  for (let micro = 0; micro < 2; micro++) {
    const [one, other] = await encoder.features(handles, (await batches.next()).value.clips)
    for (const [i, x] of one.entries()) {
      mean[i] = 0.9 * mean[i] + 0.1 * ((x + other[i]) / 2)
      variance[i] = 0.9 * variance[i] + 0.1 * ((x - other[i]) ** 2 / 2)
    }
  }
  const close = (found: Float32Array, expected: Float32Array) => {
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5)
  }
  close(weights["head.0.running_mean"], mean)
  close(weights["head.0.running_var"], variance)
})

test("the defaults of an attentive head are V-JEPA's", async () => {
  const recipe = resolveProbeRecipe("videomae", 512, { batch: 256 }, "attentive")
  expect(recipe).toMatchObject({
    ...{ optimizer: "adamw", epochs: 20, learningRate: 1e-3, minLearningRate: 0 },
    ...{ weightDecay: 0.01, warmup: 0 },
  })
  const out = memoryStore()
  const head = { model: tiny("attentive", "none"), data: brightClips(4), batch: 4, steps: 1 }
  for await (const { lr } of probe({ backend, ...head, out })) expect(lr).toBeCloseTo(1e-3 / 64, 12)
  expect((await out.latest(() => {}))?.state.identity.optimizer).toBe("adamw")
})

test("its defaults are those of MAE's linear probe", () => {
  const recipe = resolveProbeRecipe("mae", 1_281_167, { batch: 512, accumulate: 32 })
  expect(recipe).toMatchObject({
    ...{ optimizer: "lars", epochs: 90, learningRate: 6.4, minLearningRate: 0, weightDecay: 0 },
    ...{ smoothing: 0, warmup: 10 * recipe.stepsPerEpoch },
  })
})
