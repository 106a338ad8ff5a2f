// One arm's learning with one seed: pre-training, the linear probe, fine-tuning.
import { compile, disposeAll } from "@tubelet/core"
import { transferWeights } from "@tubelet/models/fit"
import { compileFeatures, finetune, initialState, memoryClips, pretrain } from "@tubelet/train"
import { classifierOf, encoderOf, pretrainingOf } from "./models.mjs"
import { bestProbe } from "./probe.mjs"
import { finetuning, pretraining, probedLabels } from "./protocol.mjs"
import { rgb } from "./sets/colour.mjs"
import { labelledClips, shiftedClips } from "./sets/labelled.mjs"

/** Losses are kept as means of this many steps. */
const lossEvery = 10
const curvePoints = 8
/** Clips of a forward pass. */
const evaluationBatch = 60

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Pre-trains an arm: its weights as arrays, the losses and the CPU seconds of its steps. */
export async function pretrained(arm, { backend, set, settings, seed, onStep }) {
  const { model, masks } = pretrainingOf(arm)
  const clips = set.train.map(({ clip }) => rgb(clip))
  const losses = new MeanLosses()
  const { steps, batch } = settings.pretraining
  let began
  let weights
  const data = memoryClips(clips, { seed })
  const run = { model, masks, data, backend, seed, steps, batch, ...pretraining }
  for await (const step of pretrain(run)) {
    began ??= cpuSeconds() // After the first step: compilation is left out.
    losses.add(step.loss)
    onStep("pre-training", step)
    if (step.finished) weights = await arraysOf(step.weights)
  }
  return { weights, losses: losses.means, cpuSeconds: cpuSeconds() - began }
}

async function arraysOf(handles) {
  const entries = Object.entries(handles)
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, handle]) => [name, await handle.data()])),
  )
}

class MeanLosses {
  means = []
  #sum = 0
  #count = 0

  add(loss) {
    this.#sum += loss
    this.#count++
    if (this.#count < lossEvery) return
    this.means.push(this.#sum / this.#count)
    this.#sum = 0
    this.#count = 0
  }
}

/** The initial weights of a classifier or encoder: pre-trained ones where the arm has any. */
export function initialWeights(model, { arm, weights, seed }) {
  const fresh = (name) => model.initialWeight(name, seed)
  if (!weights) return fresh
  const shapes = Object.entries(pretrainingOf(arm).model.specs).map(([name, s]) => [name, s.shape])
  const { sources, convert } = transferWeights(model, Object.fromEntries(shapes))
  return (name) => (name in sources ? convert(name, weights[sources[name]]) : fresh(name))
}

/** Top-1 of a linear probe on frozen features, in percent. */
export async function probed(arm, weights, { backend, set, seed }) {
  const model = encoderOf(arm)
  const state = await initialState(backend, model, initialWeights(model, { arm, weights, seed }))
  const extractor = await compileFeatures(backend, model, "u8")
  const featuresOf = async (clips) => {
    const found = []
    for (const { clip, label } of clips) {
      const [features] = await extractor.features(state.params, rgb(clip))
      found.push({ features: Float64Array.from(features), label })
    }
    return found
  }
  const labelled = await featuresOf(labelledClips(set, probedLabels, seed))
  const validation = await featuresOf(set.validation)
  const test = await featuresOf(set.test)
  disposeAll(state)
  await extractor.dispose()
  return bestProbe({ labelled, validation, test, classes: set.classes.length })
}

/** Fine-tunes an arm at one rate: top-1 on the test clips, and curves. */
export async function finetuned(arm, { weights, each, rate }, context) {
  const { backend, set, settings, seed, onStep } = context
  const model = classifierOf(arm, set.classes.length)
  const { steps, batch, data } = finetuningData(arm, each, context)
  const accuracy = await compileAccuracy(backend, model)
  const losses = new MeanLosses()
  const curve = []
  let test
  const every = Math.max(1, Math.round(settings.finetuning.steps / curvePoints))
  const { dropPath: _, initScale: __, warmup, ...recipe } = finetuning
  for await (const step of finetune({
    ...{ model, data, backend, seed, steps, batch, ...recipe },
    ...{ learningRate: rate, warmup: Math.round(warmup * steps) },
    init: initialWeights(model, { arm, weights, seed }),
  })) {
    losses.add(step.loss)
    onStep(`fine-tuning at ${rate}`, step)
    if (step.step % every === 0 || step.finished) {
      curve.push([step.step, await accuracy.of(step.weights, set.validation)])
    }
    if (step.finished) test = await accuracy.of(step.weights, set.test)
  }
  await accuracy.dispose()
  return { rate, validation: curve.at(-1)[1], test, curve, losses: losses.means }
}

/** What fine-tuning reads, and for how long. */
export function finetuningData({ times = 1 }, each, { set, settings, seed }) {
  const { steps, batch, reach } = settings.finetuning
  const clips = labelledClips(set, each, seed)
  const data = shiftedClips(clips, { side: set.side, reach, seed, batch })
  return { clips, data, batch, steps: times * steps }
}

/** Percent of clips whose label has the highest logit. */
async function compileAccuracy(backend, model) {
  const { clips } = model.inputSpecs(evaluationBatch, "u8", false)
  const compiled = await compile(
    backend,
    ({ params, clips }) => ({ logits: model.logits(params, { clips }) }),
    { specs: { params: model.specs, clips }, name: "accuracy" },
  )
  const size = clips.shape.reduce((a, b) => a * b, 1)
  return {
    async of(params, clips) {
      let right = 0
      for (let at = 0; at < clips.length; at += evaluationBatch) {
        const part = clips.slice(at, at + evaluationBatch)
        const pixels = new Uint8Array(size)
        for (const [i, { clip }] of part.entries()) pixels.set(rgb(clip), 3 * i * clip.length)
        const { logits } = compiled.run({ params, clips: pixels })
        const rows = await logits.data()
        logits.dispose()
        const width = rows.length / evaluationBatch
        right += part.filter(({ label }, i) => isHighest(rows, i * width, width, label)).length
      }
      return (100 * right) / clips.length
    },
    dispose: () => compiled.dispose(),
  }
}

const isHighest = (rows, start, width, label) =>
  rows.subarray(start, start + width).every((value) => value <= rows[start + label])
