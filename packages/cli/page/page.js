// The page of `tubelet watch`: draws what the server sends of each run.
import { Chart, percent } from "./chart.js"
import { element } from "./element.js"
import { Run } from "./run.js"

const byId = (id) => document.getElementById(id)
const token = new URLSearchParams(location.search).get("token")
const palette = 8

/** Charts in their order; those of other scores stand before the learning rate. */
const known = [
  { title: "Loss" },
  { title: "Accuracy", show: percent },
  { title: "Probe", show: percent },
  { title: "Learning rate" },
  { title: "Waiting for data", show: percent, of: "of a step" },
  { title: "Samples per second" },
  { title: "Gradient norm" },
]

/** All runs, by name, and the names of those that are drawn. */
const runs = new Map()
const shown = new Set()
/** The charts, by title. */
const charts = new Map()

/** Draws the shown runs, at most once per frame. */
let due = false
function redraw() {
  if (due) return
  due = true
  requestAnimationFrame(() => {
    due = false
    drawCharts([...runs.values()].filter(({ name }) => shown.has(name)))
    for (const run of runs.values()) run.progress.textContent = progressOf(run)
  })
}

function drawCharts(drawn) {
  const titles = new Set(drawn.flatMap(({ curves }) => [...curves.keys()]))
  for (const [title, chart] of charts) {
    if (titles.has(title)) continue
    chart.remove()
    charts.delete(title)
  }
  const kinds = inOrder(titles)
  for (const kind of kinds) {
    const chart = charts.get(kind.title) ?? new Chart(kind)
    if (!charts.has(kind.title)) charts.set(kind.title, chart)
  }
  const cards = kinds.map(({ title }) => charts.get(title).card)
  if (cards.some((card, i) => card !== byId("charts").children[i]))
    byId("charts").replaceChildren(...cards)
  for (const { title } of kinds) charts.get(title).draw(linesOf(drawn, title))
}

/** The charts with these titles. */
function inOrder(titles) {
  const others = [...titles].filter((title) => !known.some((chart) => chart.title === title))
  const at = known.findIndex(({ title }) => title === "Learning rate")
  const all = [...known.slice(0, at), ...others.map((title) => ({ title })), ...known.slice(at)]
  return all.filter(({ title }) => titles.has(title))
}

const linesOf = (drawn, title) =>
  drawn.flatMap((run) =>
    Array.from(run.curves.get(title) ?? [], ([name, curve]) => ({ run, name, curve })),
  )

const progressOf = ({ step, steps }) => {
  if (step === 0) return ""
  return steps ? `step ${step} of ${steps}` : `step ${step}`
}

/** Takes the list of runs; new ones are shown while there are few. */
function list(found) {
  for (const { name, steps } of found) {
    const run = runs.get(name) ?? added(name)
    run.steps = steps
  }
  for (const name of [...runs.keys()]) {
    if (found.some((one) => one.name === name)) continue
    runs.get(name).row.remove()
    runs.delete(name)
    shown.delete(name)
  }
  byId("empty").hidden = found.length > 0
  showPictures(found)
  redraw()
}

function added(name) {
  const run = new Run(name, runs.size % palette)
  if (shown.size < palette) shown.add(name)
  const box = element("input", { type: "checkbox", checked: shown.has(name) })
  box.addEventListener("change", () => {
    if (box.checked) shown.add(name)
    else shown.delete(name)
    redraw()
    showPictures(lastFound)
  })
  run.progress = element("small")
  const label = element("label", {}, box, element("span", { textContent: name }), run.progress)
  label.style.setProperty("--run", `var(--run-${run.color})`)
  run.row = element("li", {}, label)
  byId("runs").append(run.row)
  runs.set(name, run)
  return run
}

let lastFound = []
/** Pictures of the shown runs, newest first. */
function showPictures(found) {
  lastFound = found
  const pictures = found.filter(({ name }) => shown.has(name)).flatMap((run) => run.pictures)
  const figures = pictures
    .sort((a, b) => b.written - a.written)
    .map(({ path, written }) => {
      const src = `/pictures/${path.split("/").map(encodeURIComponent).join("/")}`
      const time = new Date(written).toLocaleString()
      const caption = element("figcaption", { textContent: `${path} ` })
      caption.append(element("small", { textContent: time }))
      const query = new URLSearchParams({ token, written })
      return element("figure", {}, caption, element("img", { src: `${src}?${query}`, alt: path }))
    })
  byId("pictures").replaceChildren(...figures)
}

function say(text, live = false) {
  byId("state").textContent = text
  byId("state").classList.toggle("live", live)
}

const events = new EventSource(`/events?${new URLSearchParams({ token })}`)
const on = (name, take) => events.addEventListener(name, ({ data }) => take(JSON.parse(data)))
events.addEventListener("open", () => {
  for (const run of runs.values()) run.clear() // The server starts again from the first step.
  say("live", true)
})
events.addEventListener("error", () => say("connection lost"))
on("runs", list)
on("metrics", ({ run: name, restarted, metrics }) => {
  const run = runs.get(name)
  if (restarted) run.clear()
  for (const one of metrics) run.take(one)
  redraw()
})
on("ended", (words) => {
  events.close()
  say(words)
})
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const chart of charts.values()) chart.recolor()
})
