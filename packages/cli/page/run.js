import { Curve } from "./curve.js"

/** Where a score is drawn, and in which line. */
const scorePlaces = {
  loss: ["Loss", "val", 1],
  top1: ["Accuracy", "top-1", 100],
  top5: ["Accuracy", "top-5", 100],
  knn: ["Probe", "nearest neighbours", 100],
  effectiveRank: ["Effective rank", "", 1],
}
/** Lines that are less than the other of their chart. */
export const dashed = ["val", "top-5"]

/** A run: its name, the number of its colour, and its curves so far. */
export class Run {
  /** Curves by chart and line: `Loss` has `""` and `val`. */
  curves = new Map()
  step = 0

  constructor(name, color) {
    this.name = name
    this.color = color
  }

  clear() {
    this.curves.clear()
    this.step = 0
  }

  take({ step, loss, lr, gradNorm, samplesPerSecond, dataSeconds, seconds, scores = {} }) {
    const again = step === this.step
    this.step = step
    if (!again) {
      this.#add("Loss", "", step, loss)
      this.#add("Learning rate", "", step, lr)
      this.#add("Waiting for data", "", step, (100 * dataSeconds) / seconds)
      this.#add("Samples per second", "", step, samplesPerSecond)
      this.#add("Gradient norm", "", step, gradNorm)
    }
    for (const [name, value] of Object.entries(scores)) {
      const [chart, line, factor] = scorePlaces[name] ?? [name, "", 1]
      if (name !== "skipped" && typeof value === "number")
        this.#add(chart, line, step, factor * value)
    }
  }

  #add(chart, line, step, value) {
    if (!Number.isFinite(value)) return
    const lines = this.curves.get(chart) ?? new Map()
    const curve = lines.get(line) ?? new Curve()
    this.curves.set(chart, lines.set(line, curve))
    curve.add(step, value)
  }
}
