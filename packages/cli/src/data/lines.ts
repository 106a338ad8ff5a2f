import type { DataReport, SplitReport } from "./report.js"

const columns = ["split", "clips", "missing", "unreadable", "classes", "seconds"]
/** Classes that are listed one by one. */
const fewClasses = 20
const mostExamples = 5

/** A report as lines for people. */
export function reportLines(report: DataReport): string[] {
  const { kind, classes, splits, missing, unreadable, duplicates } = report
  const labels = classes.length > 0 ? `${classes.length} classes` : "no labels"
  return [
    `${kind}: ${labels}`,
    ...table([columns, ...Object.entries(splits).map(([name, split]) => row(name, split))]),
    ...classLines(report),
    ...examples("missing", missing),
    ...examples(
      "unreadable",
      unreadable.map(({ reason }) => reason),
    ),
    ...examples(
      "in two splits",
      duplicates.map(({ paths, splits, equal }) => {
        const [first, second] = paths.map((path, i) => `${path} (${splits[i]})`)
        return `${first} and ${second}, equal ${equal}`
      }),
    ),
  ]
}

function row(name: string, split: SplitReport): string[] {
  const { clips, missing, opened, unreadable, perClass, seconds } = split
  const isPart = opened < clips - missing
  const present = perClass.filter((count) => count > 0).length
  return [
    name,
    `${clips}`,
    `${missing}`,
    isPart ? `${unreadable} of ${opened}` : `${unreadable}`,
    `${present}`,
    seconds ? [seconds.least, seconds.median, seconds.most].map(tenths).join(" / ") : "-",
  ]
}

const tenths = (seconds: number) => seconds.toFixed(1)

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((_, i) => Math.max(...rows.map((cells) => cells[i].length)))
  return rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  )
}

/** Clips of each class in all splits; of many classes, the extremes. */
function classLines({ classes, splits }: DataReport): string[] {
  const counts = classes.map((name, label) => ({
    name: `${label} ${name}`,
    count: Object.values(splits).reduce((sum, { perClass }) => sum + perClass[label], 0),
  }))
  const shown = ({ name, count }: (typeof counts)[number]) => `${name}: ${count}`
  if (counts.length <= fewClasses) return counts.map(shown)
  const sorted = [...counts].sort((a, b) => a.count - b.count)
  return [`fewest clips: ${shown(sorted[0])}`, `most clips: ${shown(sorted.at(-1)!)}`]
}

function examples(what: string, found: readonly string[]): string[] {
  const more = found.length - mostExamples
  const lines = found.slice(0, mostExamples).map((one) => `${what}: ${one}`)
  return more > 0 ? [...lines, `and ${more} more, all in data.json`] : lines
}
