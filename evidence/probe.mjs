// A linear classifier on frozen features: multinomial logistic regression, by full-batch descent.

import { mean } from "./statistics.mjs"

const decays = [1e-4, 1e-3, 1e-2, 1e-1]
const steps = 300
const momentum = 0.9

/** The probe whose weight decay is best on `validation`; its top-1 on `test`, in percent. */
export function bestProbe({ labelled, validation, test, classes }) {
  const scale = scalingOf(labelled.map(({ features }) => features))
  const [known, held, asked] = [labelled, validation, test].map((part) =>
    part.map(({ features, label }) => ({ x: scale(features), label })),
  )
  const tried = decays.map((decay) => {
    const weights = regression(known, classes, decay)
    return { decay, validation: accuracy(weights, held), test: accuracy(weights, asked) }
  })
  return tried.reduce((best, one) => (one.validation > best.validation ? one : best))
}

/** Standardises features by the labelled ones, and appends 1 for the bias. */
function scalingOf(rows) {
  const width = rows[0].length
  const column = (i) => rows.map((row) => row[i])
  const centres = Array.from({ length: width }, (_, i) => mean(column(i)))
  const deviations = centres.map((centre, i) =>
    Math.sqrt(mean(column(i).map((x) => (x - centre) ** 2))),
  )
  return (row) =>
    Float64Array.from({ length: width + 1 }, (_, i) =>
      i === width ? 1 : (row[i] - centres[i]) / (deviations[i] + 1e-6),
    )
}

function regression(rows, classes, decay) {
  const width = rows[0].x.length
  const weights = Array.from({ length: classes }, () => new Float64Array(width))
  const speeds = weights.map(() => new Float64Array(width))
  // The largest curvature of the loss is at most half the mean square norm of the inputs.
  const norm = rows.reduce((sum, { x }) => sum + dot(x, x), 0) / rows.length
  const rate = 1 / (norm / 2 + decay)
  for (let step = 0; step < steps; step++) {
    const gradients = weights.map((w) => w.map((value) => decay * value))
    for (const { x, label } of rows) {
      probabilities(weights, x).forEach((p, c) => {
        const error = (p - (c === label ? 1 : 0)) / rows.length
        for (let i = 0; i < width; i++) gradients[c][i] += error * x[i]
      })
    }
    for (const [c, speed] of speeds.entries()) {
      for (let i = 0; i < width; i++) {
        speed[i] = momentum * speed[i] - rate * gradients[c][i]
        weights[c][i] += speed[i]
      }
    }
  }
  return weights
}

function dot(a, b) {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

function probabilities(weights, x) {
  const logits = weights.map((w) => dot(w, x))
  const top = Math.max(...logits)
  const odds = logits.map((logit) => Math.exp(logit - top))
  const total = odds.reduce((a, b) => a + b, 0)
  return odds.map((odd) => odd / total)
}

function accuracy(weights, rows) {
  const right = rows.filter(({ x, label }) => {
    const logits = weights.map((w) => dot(w, x))
    return logits.every((logit) => logit <= logits[label])
  })
  return (100 * right.length) / rows.length
}
