import { referenceBackend } from "@tubelet/core/testing"
import { classifierModel, type HeadKind, type Pool } from "@tubelet/models"
import { expect, test } from "vitest"
import {
  memoryStore,
  type ProbeOptions,
  probe,
  resolveProbeRecipe,
  type StepResult,
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

test.each(["lars", "sgd", "adamw"] as const)(
  "with %s, a run that was stopped ends with the same weights",
  async (optimizer) => {
    const given = options({ optimizer, learningRate: 0.1, steps: 6 })
    const whole = await ended(given)
    const out = memoryStore()
    const stop = new AbortController()
    for await (const { step } of probe({ ...given, out, signal: stop.signal })) {
      if (step === 2) stop.abort()
    }
    const resumed = await ended({ ...given, out, resume: true })
    expect(resumed.results[0].step).toBe(3)
    expect(resumed.weights).toEqual(whole.weights)
    const other = optimizer === "lars" ? "sgd" : "lars"
    await expect(ended({ ...given, out, optimizer: other, resume: true })).rejects.toThrow(
      `optimizer ${optimizer}, not ${other}`,
    )
  },
)

test("its defaults are those of MAE's linear probe", () => {
  const recipe = resolveProbeRecipe("mae", 1_281_167, { batch: 512, accumulate: 32 })
  expect(recipe).toMatchObject({
    ...{ optimizer: "lars", epochs: 90, learningRate: 6.4, minLearningRate: 0, weightDecay: 0 },
    ...{ smoothing: 0, warmup: 10 * recipe.stepsPerEpoch },
  })
})
