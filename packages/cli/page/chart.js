import { element } from "./element.js"
import { dashed } from "./run.js"

const { uPlot } = globalThis

const short = (value) => {
  const size = Math.abs(value)
  return size !== 0 && (size < 1e-3 || size >= 1e5)
    ? Number(value.toPrecision(3)).toExponential()
    : String(Number(value.toPrecision(4)))
}
export const percent = (value) => `${Number(value.toFixed(1))} %`

const style = getComputedStyle(document.documentElement)
const css = (name) => style.getPropertyValue(name).trim()

/** A chart of the same quantity of several runs. */
export class Chart {
  #show
  card = element("section", { className: "chart" })
  #values = element("div")
  #plot
  #lines = []
  #size = new ResizeObserver(() => this.#plot?.setSize(this.#room()))

  constructor({ title, show = short, of = "" }) {
    this.title = title
    this.#show = show
    this.heading = element("h2", { textContent: [title, of].filter(Boolean).join(", ") })
    this.card.append(this.#values, element("div"))
    this.card.setAttribute("aria-label", title)
    this.#size.observe(this.card)
  }

  remove() {
    this.#size.disconnect()
    this.#plot?.destroy()
    this.card.remove()
  }

  draw(lines) {
    const key = ({ run, name }) => `${run.name}\n${name}`
    const same = lines.map(key).join() === this.#lines.map(key).join()
    this.#lines = lines
    const data = uPlot.join(lines.map(({ curve }) => [curve.steps, curve.values]))
    if (same && this.#plot) this.#plot.setData(data)
    else this.#build(data)
    this.#say()
  }

  recolor() {
    this.#plot?.redraw()
  }

  #room() {
    const { paddingLeft, paddingRight } = getComputedStyle(this.card)
    const padding = Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight)
    return { width: Math.floor(this.card.clientWidth - padding), height: 220 }
  }

  #build(data) {
    this.#plot?.destroy()
    const axis = {
      stroke: () => css("--quiet"),
      grid: { stroke: () => css("--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
    }
    const options = {
      ...this.#room(),
      legend: { show: false },
      padding: [10, 18, 0, 0],
      scales: { x: { time: false } },
      cursor: { sync: { key: "step" }, y: false, points: { size: 7 } },
      axes: [
        { ...axis, size: 28 },
        { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => this.#show(tick)) },
      ],
      series: [{}, ...this.#lines.map((line, i) => this.#series(line, i))],
      hooks: { setCursor: [() => this.#say()] },
    }
    this.#plot = new uPlot(options, data, this.card.lastChild)
  }

  #series({ run, name }, i) {
    return {
      stroke: () => css(`--run-${run.color}`),
      width: 1.5,
      spanGaps: true,
      ...(dashed.includes(name) && { dash: [5, 4] }),
      points: { show: () => this.#lines[i].curve.steps.length < 20, size: 6 },
    }
  }

  /** The values below the cursor; without one, the last. */
  #say() {
    const at = this.#plot?.cursor.idx ?? undefined
    const step = at === undefined ? Number.POSITIVE_INFINITY : this.#plot.data[0][at]
    const values = this.#lines.map(({ run, name, curve }) => {
      const index = curve.steps.findLastIndex((one) => one <= step)
      const value = index < 0 ? "" : this.#show(curve.values[index])
      const text = [name, value].filter(Boolean).join(" ")
      const made = element("span", { className: "value", textContent: text, title: run.name })
      made.classList.toggle("dashed", dashed.includes(name))
      made.style.setProperty("--run", `var(--run-${run.color})`)
      return made
    })
    this.#values.replaceChildren(this.heading, ...values)
  }
}
