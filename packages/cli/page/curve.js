/** A line of a chart. Of a long run, it keeps the means of as many steps as it must. */
export class Curve {
  static most = 4000
  steps = []
  values = []
  #counts = []
  #width = 1

  add(step, value) {
    const bucket = Math.floor(step / this.#width)
    const last = this.steps.length - 1
    if (this.steps[last] === step && this.#counts[last] === 1) this.values[last] = value
    else if (last >= 0 && Math.floor(this.steps[last] / this.#width) === bucket)
      this.#join(last, step, value)
    else this.#push(step, value, 1)
    if (this.steps.length > Curve.most) this.#halve()
  }

  #push(step, value, count) {
    this.steps.push(step)
    this.values.push(value)
    this.#counts.push(count)
  }

  #join(at, step, value, count = 1) {
    const all = this.#counts[at] + count
    this.values[at] += ((value - this.values[at]) * count) / all
    this.steps[at] = step
    this.#counts[at] = all
  }

  #halve() {
    const [steps, values, counts] = [this.steps, this.values, this.#counts]
    this.steps = []
    this.values = []
    this.#counts = []
    this.#width *= 2
    steps.forEach((step, i) => {
      const last = this.steps.length - 1
      const same =
        last >= 0 && Math.floor(this.steps[last] / this.#width) === Math.floor(step / this.#width)
      if (same) this.#join(last, step, values[i], counts[i])
      else this.#push(step, values[i], counts[i])
    })
  }
}
