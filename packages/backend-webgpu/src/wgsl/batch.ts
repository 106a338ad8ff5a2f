import type { Tensor } from "@tubelet/core"
import {
  type Ability,
  CodeBlock,
  combine,
  folded,
  type Gathered,
  identityOf,
  labelOf,
  merged,
  type PlacedStore,
  type Printed,
  registerOf,
  Source,
  type Value,
} from "@tubelet/core/codegen"
import {
  along,
  at,
  type Batch,
  type Expression,
  flatOf,
  type LoopNest,
  replaceVariables,
  storesOf,
  type Variable,
} from "@tubelet/core/schedule"
import { wgsl } from "./dialect.js"
import { Table } from "./table.js"

const size = 256
/** Groups of four elements that one invocation computes, so that tables stay small. */
const steps = 4
/** Rows that one workgroup adds up: their results are one group of four. */
const rows = 4

/** How the shader of a batch sees one of its members. */
export interface BatchMember {
  readonly outer: number
  readonly inner: number
  readonly operands: readonly Tensor[]
  /** How many workgroups it takes. */
  readonly parts: number
}

/** A batch as one shader, which a table tells where its tensors lie. */
export interface BatchShader extends Printed {
  readonly members: readonly BatchMember[]
  /** How many buffers it may use at once: its bindings after the table's. */
  readonly slots: number
}

export function batch(
  members: Batch["members"],
  slots: number,
  { subgroups = false }: Ability = {},
): BatchShader {
  const [first] = members
  const elements = members.reduce((sum, { outer, inner }) => sum + outer * inner, 0)
  const table = new Table(flatOf(first)!.operands, slots)
  const source = new Source(wgsl, table)
  const reduces = first.reductions.length > 0
  const body = reduces ? sums(first, table, source, subgroups) : map(first, table, source)
  const launch = { size, subgroups: reduces && subgroups }
  const read_write = Array.from({ length: slots }, () => ({ access: "read_write" as const }))
  return {
    label: labelOf(`${members.length} ${reduces ? "sums" : "maps"}`, first, `${elements} in all`),
    code: source.code(`${table.names}\n${body}`, "table[0]", launch),
    bindings: [{ access: "read" }, ...read_write],
    slots,
    members: members.map((nest) => {
      const { outer, inner } = nest
      const parts = Math.ceil(outer / (reduces ? rows : 4 * size * steps))
      return { outer, inner, operands: flatOf(nest)!.operands, parts }
    }),
  }
}

/** Longer than any tensor: the code is the same for all lengths. */
const flat = along("x", 2 ** 31)

/** Of a map: element `o` is `x`. Of sums: the element that is read is `x`, whatever its row. */
const flattened = (value: Expression, variable: "o" | "r"): Expression =>
  replaceVariables(value, ({ name }: Variable) => (name === variable ? flat : at(0)))

/** Every invocation computes a few groups of four; the last may pass the end, into padding. */
function map(nest: LoopNest, table: Table, source: Source): string {
  const block = new CodeBlock(source, { variables: { x: "x" }, lanes: "x" })
  block.store(
    storesOf(nest).map(({ tensor, value }) => ({ tensor, at: flat, value: flattened(value, "o") })),
  )
  return `let quads = (table[entry] + 3u) / 4u;
for (var step = 0u; step < ${steps}u; step++) {
let x = (part * ${steps}u + step) * ${size}u + local;
if (x >= quads) { return; }
${table.around(block.code)}
}`
}

/**
 * A workgroup adds up a few rows, one after the other, and puts together what its invocations have
 * of all of them at once. A row may begin and end within a group of four: what is not its own
 * counts nothing.
 */
function sums(
  { reductions, outerStores }: LoopNest,
  table: Table,
  source: Source,
  subgroups: boolean,
): string {
  const partials = reductions.map(
    ({ op, value: { dtype } }, i): Gathered => ({ name: `sum${i}`, op, dtype, width: 4 }),
  )
  const lines = (line: (partial: Gathered, i: number) => string) => partials.map(line).join("\n")
  const element = new CodeBlock(source, { variables: { x: "x" }, lanes: "x" })
  const starts = partials.map((partial) => identityOf(element, partial).code)
  for (const [i, partial] of partials.entries()) {
    const value = element.value(flattened(reductions[i].value, "r"))
    const own = `select(${starts[i]}, ${element.widened(value, 4)}, isOwn)`
    element.line(`${partial.name} = ${merged(element, partial, partial.name, own)};`)
  }
  const elements = table.around(element.code)

  const all = new CodeBlock(source)
  const ofRows = partials.map((p) => ({ ...p, name: `${p.name}_rows` }))
  const totals = combine(all, ofRows, { parts: size, stride: 1, size, subgroups }, false)
  all.line(lines((_, i) => `total${i} = ${totals[i].code};`))
  const results: Record<number, Value> = Object.fromEntries(
    partials.map(({ dtype }, i) => [i, { code: `total${i}`, width: 4, scalar: registerOf(dtype) }]),
  )
  const stores = new CodeBlock(source, { variables: { x: "part" }, lanes: "x", results })
  stores.store(outerStores.map(({ tensor, value }): PlacedStore => ({ tensor, at: flat, value })))

  return `let outer = table[entry];
let inner = table[entry + 1u];
${lines((_, i) => `var ${ofRows[i].name} = ${starts[i]};`)}
for (var row = 0u; row < min(${rows}u, outer - part * ${rows}u); row++) {
let start = (part * ${rows}u + row) * inner;
let end = start + inner;
${lines((p, i) => `var ${p.name} = ${starts[i]};`)}
for (var x = start / 4u + local; x < (end + 3u) / 4u; x += ${size}u) {
let element = 4u * x + lane;
let isOwn = (element >= vec4<u32>(start)) & (element < vec4<u32>(end));
${elements}
}
${lines((p, i) => `${ofRows[i].name}[row] = ${folded(all, p).code};`)}
}
${lines((_, i) => `var total${i} = ${starts[i]};`)}
{
${subgroups ? "" : "let part = local;"}
${all.code}
}
if (local == 0u) {
${table.around(stores.code)}
}`
}
