import { compile, constant, spec } from "@tubelet/core"
import { referenceBackend, worstGradient } from "@tubelet/core/testing"
import { classifierModel } from "@tubelet/models"
import { expect, test } from "vitest"
import {
  type ClipBatch,
  type DistillOptions,
  distill,
  distillTask,
  memoryClips,
  memoryStore,
  resolveDistillRecipe,
  type StepResult,
  type Teacher,
} from "../src/index.js"
import { mortal } from "./mortal.js"
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

/** Both models as their head's bias, so that it is the logits of any clip. */
function biasOnly(bias: readonly number[]): Teacher {
  const weights: Record<string, Float32Array> = { ...model.initialise(0) }
  for (const name of ["fc_norm.weight", "fc_norm.bias", "head.weight"]) {
    weights[name] = new Float32Array(weights[name].length)
  }
  return { model, weights: { ...weights, "head.bias": Float32Array.from(bias) } }
}

// PyTorch 2.13 in float64: kl_div of log_softmax(student / T) and softmax(teacher / T), batchmean,
// times T^2; AdamW at 0.1, betas 0.9 and 0.999, without decay.
test.each([
  {
    temperature: 1,
    losses: [1.3041917280295217, 1.1598514976112453, 1.0224346781604912, 0.8928324524735776],
    bias: [0.6985218384854552, -0.8010880954694164, 1.6013879453837574],
  },
  {
    temperature: 3,
    losses: [1.6746994729290905, 1.501197542123677, 1.337995669127792, 1.1852493880948387],
    bias: [0.6980941415082879, -0.8015237203504899, 1.6017416819437633],
  },
])("steps at temperature $temperature are PyTorch's", async ({ temperature, ...theirs }) => {
  const rate = { learningRate: 0.1, minLearningRate: 0.1 }
  const start = { teacher: biasOnly([1.5, 0.2, -0.7]), init: biasOnly([0.3, -1.2, 2]).weights }
  const { losses, weights } = await ended(options({ temperature, ...rate, ...start }))
  expect(losses).toEqual(theirs.losses.map((loss) => expect.closeTo(loss, 5)))
  expect([...weights["head.bias"]]).toEqual(theirs.bias.map((logit) => expect.closeTo(logit, 5)))
})

test("the gradient of the loss is that of central differences", () => {
  const temperature = 2
  const recipe = resolveDistillRecipe("videomae", 8, { batch: 2, steps: 1, temperature })
  const worst = worstGradient({
    ...{ op: "distill", name: "distill", inputs: [spec("f32", [2, 3])] },
    call(logits) {
      const taught = distillTask({ ...model, logits: () => logits }, teacher, recipe).model
      const labels = constant([0.7, 0.2, 0.1, 0, 1, 0], [2, 3])
      const weight = constant([1, 0.5])
      return taught.lossTerms({}, { clips: logits, labels, weight }).sum
    },
  })
  expect(worst!.error).toBeLessThan(1e-6)
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

test("a lost device is replaced, and the teacher is taken to the new one", async () => {
  const whole = await ended(options())
  // A forward pass and a step each: lost at the teacher's third, then at the student's.
  for (const runs of [4, 5]) {
    const devices = [mortal(runs), mortal(Number.POSITIVE_INFINITY)]
    const left = [...devices]
    const replaced = await ended(options({ backend: async () => left.shift()! }))
    expect(replaced.results.map(({ step }) => step)).toEqual([1, 2, 1, 2, 3, 4])
    expect(replaced.weights).toEqual(whole.weights)
    for (const device of devices) expect(device.memory().bytesInUse).toBe(0)
  }
})

test("a clip that arrives after the end does not bring the teacher back", async () => {
  const backend = referenceBackend()
  const stop = new AbortController()
  let arrive = () => {}
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const late: typeof clips = {
    ...clips,
    async *batches(wanted) {
      const batches = clips.batches(wanted)
      for (let i = 0; ; i++) {
        if (i > 0) await arrived
        yield (await batches.next()).value
      }
    },
  }
  for await (const { step } of distill(options({ backend, data: late, signal: stop.signal }))) {
    if (step === 1) stop.abort()
  }
  arrive()
  await new Promise((done) => setTimeout(done, 20))
  expect(backend.memory().bytesInUse).toBe(0)
})

test("findNan names the op that a student's weights break", async () => {
  const init = { ...teacher.weights, "head.bias": new Float32Array(3).fill(Number.NaN) }
  await expect(ended(options({ init, findNan: true }))).rejects.toThrow(/NaN|not finite/)
})

test("a teacher of other patches, width and depth is followed", async () => {
  const encoder = { dim: 24, depth: 1, heads: 3, mlpHidden: 24 }
  const other = teacherOf(3, { ...config, patchSize: 8, encoder })
  const { losses } = await ended(options({ teacher: other, steps: 40 }))
  expect(losses.at(-1)).toBeLessThan(0.5 * losses[0])
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
