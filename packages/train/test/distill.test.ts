import { compile } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { classifierModel } from "@tubelet/models"
import { expect, test } from "vitest"
import {
  type ClipBatch,
  type DistillOptions,
  distill,
  memoryClips,
  memoryStore,
  type StepResult,
  type Teacher,
} from "../src/index.js"
import { brightBytes, brightClips, tinyClassifier } from "./tiny.js"

const config = tinyClassifier()
const model = classifierModel(config)

/** Random weights whose head is far from zero. */
function teacherOf(seed: number, base = config): Teacher {
  const model = classifierModel(base)
  const weights = model.initialise(seed)
  const head = weights["head.weight"]
  return { model, weights: { ...weights, "head.weight": head.map((x) => 2e4 * x) } }
}

const teacher = teacherOf(5)
const clips = brightClips(8)

const options = (given: Partial<DistillOptions> = {}): DistillOptions => ({
  ...{ backend: referenceBackend(), model, teacher, data: clips, batch: 4, repeats: 1 },
  ...{ steps: 4, warmup: 0, learningRate: 1e-2, layerDecay: 1, mixup: 0, cutmix: 0 },
  ...given,
})

async function ended(given: DistillOptions) {
  const weights: Record<string, Float32Array> = {}
  const results: StepResult[] = []
  for await (const result of distill(given)) {
    results.push(result)
    for (const [name, handle] of Object.entries(result.weights)) {
      weights[name] = (await handle.data()) as Float32Array
    }
  }
  return { weights, losses: results.map(({ loss }) => loss), results }
}

test("a student with the teacher's weights has nothing to learn, mixed clips or not", async () => {
  for (const mix of [{}, { mixup: 0.8, cutmix: 1 }]) {
    const { losses } = await ended(options({ init: teacher.weights, learningRate: 0, ...mix }))
    for (const loss of losses) expect(Math.abs(loss)).toBeLessThan(1e-5)
  }
})

test("the loss is the divergence at the temperature, times its square", async () => {
  const data = memoryClips<"f32">([await firstClip()], { labels: [0] })
  const other = teacherOf(6)
  const given = { data, batch: 1, steps: 1, init: other.weights }
  const [logits, theirs] = await Promise.all([logitsOf(other), logitsOf(teacher)])
  for (const temperature of [1, 3]) {
    const [p, q] = [softmax(theirs, temperature), softmax(logits, temperature)]
    const divergence = p.reduce((all, x, i) => all + x * Math.log(x / q[i]), 0)
    const { losses } = await ended(options({ ...given, temperature }))
    expect(losses[0]).toBeCloseTo(temperature ** 2 * divergence, 5)
  }
})

test("a student learns to answer as the teacher does, without labels", async () => {
  const data = memoryClips<"f32">(await allClips())
  const given = options({ data, steps: 40, evaluation: brightBytes(3) })
  const { losses, results } = await ended(given)
  expect(losses.at(-1)).toBeLessThan(0.2 * losses[0])
  expect(results.at(-1)!.scores).toMatchObject({ top5: 1 })
})

test("a run that was stopped ends with the same weights, and frees the teacher", async () => {
  const backend = referenceBackend()
  const given = options({ backend, mixup: 0.8, seed: 2 })
  const whole = await ended(given)
  const out = memoryStore()
  const stop = new AbortController()
  for await (const { step } of distill({ ...given, out, signal: stop.signal })) {
    if (step === 2) stop.abort()
  }
  const resumed = { ...given, out, resume: true }
  await expect(ended({ ...resumed, teacher: teacherOf(7) })).rejects.toThrow(/teacher \w+, not/)
  await expect(ended({ ...resumed, temperature: 2 })).rejects.toThrow("temperature 1, not 2")
  expect((await ended(resumed)).weights).toEqual(whole.weights)
  expect(backend.memory().bytesInUse).toBe(0)
})

test("a teacher of other classes or clips is refused", () => {
  const other = teacherOf(5, { ...config, classes: 4 })
  expect(() => distill(options({ teacher: other }))).toThrow(
    "the teacher has classes 4, but the student has 3",
  )
})

async function allClips(): Promise<Float32Array[]> {
  const { value } = await clips.batches({ batch: 8, start: 0 }).next()
  const { clips: all, samples } = value as ClipBatch<"f32">
  const length = all.length / samples.length
  return samples.map((_, i) => all.slice(i * length, (i + 1) * length))
}

const firstClip = async () => (await allClips())[0]

/** A model's logits for the first clip. */
async function logitsOf({ model, weights }: Teacher): Promise<number[]> {
  const compiled = await compile(
    referenceBackend(),
    ({ params, clips }) => ({ logits: model.logits(params, { clips }) }),
    { specs: { params: model.specs, clips: model.inputSpecs(1, "f32").clips } },
  )
  const { logits } = compiled.run({ params: weights, clips: await firstClip() })
  return Array.from(await logits.data())
}

function softmax(logits: readonly number[], temperature: number): number[] {
  const exps = logits.map((logit) => Math.exp(logit / temperature))
  const sum = exps.reduce((a, b) => a + b)
  return exps.map((x) => x / sum)
}
