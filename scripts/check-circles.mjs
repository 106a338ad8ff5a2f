// No file imports itself by way of others; of types alone, only where there is a reason.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { packages } from "./packages.mjs"
import { root } from "./programs.mjs"

/** Circles of types, by their files, with why no interface below opens them. */
const reasons = {
  "packages/core/src/op.ts, packages/core/src/ops/elementwise-row.ts, packages/core/src/tensor.ts":
    "an op is a rule over tensors, and a tensor knows the op that made it",
  "packages/core/src/schedule/expression.ts, packages/core/src/schedule/position.ts":
    "an expression reads tensors at positions; a gather's position is itself an expression",
}

const statement = /(?:^|\n)(?:import|export)\s+(type\s+)?([^"';]*?)\s*from\s+"(\.[^"]+)"/g

/** Whether all that braces name is types, as in `{ type A, type B }`. */
const onlyTypes = (names) =>
  names.startsWith("{") &&
  names
    .slice(1, -1)
    .split(",")
    .every((name) => /^\s*(type\s|$)/.test(name))

/** The files that one imports: by their values, and by their types alone. */
function importsOf(path) {
  const found = [...readFileSync(path, "utf8").matchAll(statement)]
  return found.flatMap(([, type, names, source]) => {
    const file = join(dirname(path), source.replace(/\.js$/, ".ts"))
    return existsSync(file) ? [{ file, types: Boolean(type) || onlyTypes(names) }] : []
  })
}

/** The strongly connected groups of more than one file (Tarjan 1972). */
function circlesOf(edges) {
  const [index, low, stack, found] = [new Map(), new Map(), [], []]
  const visit = (file) => {
    index.set(file, index.size)
    low.set(file, index.get(file))
    stack.push(file)
    for (const next of edges.get(file) ?? []) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(file, Math.min(low.get(file), low.get(next)))
    }
    if (low.get(file) !== index.get(file)) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1) found.push(circle)
  }
  for (const file of edges.keys()) if (!index.has(file)) visit(file)
  return found
}

const files = packages.flatMap(({ folder }) =>
  readdirSync(join(folder, "src"), { recursive: true })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, "src", file)),
)
const imports = new Map(files.map((file) => [file, importsOf(file)]))
const edges = (wanted) =>
  new Map([...imports].map(([file, all]) => [file, all.filter(wanted).map((found) => found.file)]))
const named = (circle) =>
  circle
    .map((file) => relative(root, file))
    .sort()
    .join(", ")

const ofValues = circlesOf(edges(({ types }) => !types)).map(named)
const ofTypes = circlesOf(edges(() => true)).map(named)
const unexplained = ofTypes.filter((circle) => !(circle in reasons))
for (const circle of ofValues) console.error(`a circle of values: ${circle}`)
for (const circle of unexplained) console.error(`a circle: ${circle}`)
if (ofValues.length + unexplained.length > 0) {
  console.error("put what they share, such as an interface, in a file below them")
  process.exit(1)
}
console.log(`No circle of values; ${ofTypes.length} of types, each with its reason.`)
