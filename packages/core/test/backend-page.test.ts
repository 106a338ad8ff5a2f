import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import * as core from "../src/index.js"
import {
  type DType,
  graphNodes,
  isPrimitive,
  type Node,
  type Op,
  traceGraph,
} from "../src/index.js"
import { gradientSample, opSamples, outputSpecs, outputsOf } from "../src/testing/index.js"
import { samplesIn } from "../src/testing/op-samples.js"

const text = (path: string | URL) => readFileSync(new URL(path, import.meta.url), "utf8")
const page = text("../../../docs/guide/backend.md")

const isOp = (value: unknown): value is Op =>
  typeof value === "object" && value !== null && typeof (value as Op).shape === "function"

const ops = [...Object.values(core).filter(isOp), ...Object.values(core.elementwiseOps)]

/** The page's names for groups of dtypes. */
const types: Readonly<Record<string, readonly DType[]>> = {
  any: ["f32", "f16", "bf16", "i32", "u8", "bool"],
  numbers: ["f32", "f16", "bf16", "i32"],
  floats: ["f32", "f16", "bf16"],
}

interface Row {
  readonly name: string
  readonly signature: string
  readonly attributes: string
  readonly types: string
  readonly doc: string
}

/** The rows of the table under a heading. */
function rowsUnder(heading: string): Row[] {
  const section = page.split(`### ${heading}\n`)[1].split(/\n##/)[0]
  return [...section.matchAll(/^\| `.*$/gm)].map(([line]) => {
    const cells = line.slice(2, -2).split(/ \| /)
    const plain = cells.map((cell) => cell.replaceAll("`", "").replaceAll("\\|", "|").trim())
    const [name, signature, attributes, types, doc] = plain as [string, ...string[]]
    return { name, signature, attributes, types, doc }
  })
}

/** The first paragraph of the comment on each op, or on its row, in core's sources. */
function opComments(): Map<string, string> {
  const folder = new URL("../src/ops/", import.meta.url)
  const sources = readdirSync(folder).map((file) => text(new URL(file, folder)))
  const commented = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:.* = \{\n {2}name: "(\w+)"| {2}(\w+): \{)/g
  return new Map(
    [...sources.join("").matchAll(commented)].map(([, words, op, row]) => {
      const [first] = words
        .replaceAll(/^ *\* ?/gm, "")
        .trim()
        .split("\n\n")
      return [op ?? row, first.replaceAll("\n", " ").replaceAll("`", "")]
    }),
  )
}

const comments = opComments()

/** One node per op and dtype that the suite compiles. */
function sampledNodes(): Map<string, Node[]> {
  const found = new Map<string, Node[]>()
  for (const own of [...opSamples, ...samplesIn("f16"), ...samplesIn("bf16")]) {
    for (const sample of [own, gradientSample(own, outputSpecs(own))]) {
      if (!sample) continue
      const specs = Object.fromEntries(sample.inputs.map((x, i) => [i, x]))
      const { graph } = traceGraph(
        (x) => Object.fromEntries(outputsOf(sample, Object.values(x)).map((y, i) => [i, y])),
        specs,
      )
      for (const node of graphNodes(graph)) {
        found.set(node.op.name, [...(found.get(node.op.name) ?? []), node])
      }
    }
  }
  return found
}

const typeOf = ({ op, inputs, outputs }: Node): DType =>
  (op.name === "select" ? inputs[1] : (inputs[0] ?? outputs[0])).dtype

/** The fewest and the most tensors on one side of a signature. */
function countOf(side: string): [number, number] {
  if (side === "") return [0, 0]
  const names = side.replaceAll(/\[[^\]]*\]/g, "").split(",")
  const optional = names.filter((name) => /[()]/.test(name)).length
  return [names.length - optional, side.includes("…") ? Number.POSITIVE_INFINITY : names.length]
}

describe.each([
  ["Primitives", ops.filter(isPrimitive)],
  ["Composites", ops.filter((op) => !isPrimitive(op))],
] as const)("the backend guide: %s", (heading, known) => {
  const rows = rowsUnder(heading)
  const sampled = sampledNodes()

  test("lists each once, with the text of its comment", () => {
    const inSources = known.map(({ name }) => `${name}: ${comments.get(name)}`)
    expect(rows.map(({ name, doc }) => `${name}: ${doc}`).sort()).toEqual(inSources.sort())
  })

  test.each(rows.map((row) => [row.name, row] as const))("%s: inputs, results", (name, row) => {
    const nodes = sampled.get(name)!
    const [inputs, results] = row.signature.split("→").map((side) => countOf(side.trim()))
    for (const node of nodes) {
      expect(node.inputs.length).toBeGreaterThanOrEqual(inputs[0])
      expect(node.inputs.length).toBeLessThanOrEqual(inputs[1])
      expect(node.outputs.length).toBe(results[1])
      expect(Object.keys(node.attrs).join(", ")).toBe(row.attributes)
    }
    const met = [...new Set(nodes.map(typeOf))]
    expect(types[row.types]).toEqual(expect.arrayContaining(met))
    const widest = Object.keys(types)
      .reverse()
      .find((word) => met.every((t) => types[word].includes(t)))
    expect(row.types).toBe(widest)
  })
})

test("each member of the interfaces is listed, with its signature", () => {
  const source = text("../src/backend.ts")
  for (const name of ["Backend", "DeviceArray", "Program"]) {
    const body = new RegExp(`export interface (${name}\\b[\\s\\S]+?\\n})`).exec(source)![1]
    const bare = body.replaceAll(/ *\/\*\*[\s\S]*?\*\/\n/g, "")
    expect(page).toContain(`interface ${bare}`)
    const members = [...bare.matchAll(/^ {2}(?:readonly )?(\w+)/gm)].map((found) => found[1])
    for (const member of members) expect(page).toMatch(new RegExp(`^\\| .*\`${member}\\b`, "m"))
  }
})
