import { type Backend, compile, crossEntropy, gradients, mean, mul, spec, sub } from "@tubelet/core"
import { type Random, random } from "@tubelet/core/random"
import { classes, declarations, initialise, logits, pictureShape } from "./model.js"

const batch = 16

/** Noisy stripes [B, 1, 16, 16, 3] and their directions, one-hot [B, 4]. */
function drawBatch(source: Random) {
  const [, height, width] = pictureShape as [number, number, number]
  const pictures = new Float32Array(batch * height * width * 3)
  const labels = new Float32Array(batch * classes)
  for (let sample = 0; sample < batch; sample++) {
    const direction = source.integer(classes)
    labels[sample * classes + direction] = 1
    const [angle, phase] = [(direction * Math.PI) / classes, 2 * Math.PI * source.uniform()]
    for (let i = 0; i < height * width * 3; i++) {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
      const wave = Math.sin(2 * (x * Math.cos(angle) + y * Math.sin(angle)) + phase)
      pictures[sample * height * width * 3 + i] = wave + 0.3 * source.normal()
    }
  }
  return { pictures, labels }
}

const entries = Object.entries(declarations)
const weights = Object.fromEntries(entries.map(([name, { shape }]) => [name, spec("f32", shape)]))

/** Trains encoder and head together on new images in every step; yields the losses. */
export async function* train(backend: Backend, steps: number, rate = 0.1) {
  const step = await compile(
    backend,
    ({ params, pictures, labels }) => {
      const loss = mean(crossEntropy(logits(params, pictures), labels))
      const { grads } = gradients(loss, params)
      const descend = ([name, w]: [string, (typeof params)[string]]) =>
        [name, sub(w, mul(grads[name], rate))] as const
      return { loss, params: Object.fromEntries(Object.entries(params).map(descend)) }
    },
    {
      specs: {
        params: weights,
        pictures: spec("f32", [batch, ...pictureShape]),
        labels: spec("f32", [batch, classes]),
      },
      donate: ["params"],
    },
  )
  const params = Object.fromEntries(
    Object.entries(initialise(0)).map(([name, w]) => [name, backend.upload(w, weights[name])]),
  )
  for (let i = 0; i < steps; i++) {
    const { loss } = step.run({ params, ...drawBatch(random("pictures", i)) })
    yield await loss.item()
  }
  await step.dispose()
}
