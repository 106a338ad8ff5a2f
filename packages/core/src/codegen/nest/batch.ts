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
} from "../../schedule/index.js"
import type { Tensor } from "../../tensor.js"
import { CodeBlock, type PlacedStore } from "../text/block.js"
import type { Dialect } from "../text/dialect.js"
import { labelOf } from "../text/label.js"
import type { Shader } from "../text/shader.js"
import { Source } from "../text/source.js"
import type { Storage } from "../text/storage.js"
import { registerOf, type Value } from "../text/value.js"
import { combine, folded, type Gathered, identityOf, merged } from "./combine.js"
import type { DeviceTraits } from "./rows.js"

const size = 256
/** Groups of four elements per invocation; larger groups keep tables small. */
const steps = 4
/** Rows that one workgroup sums: their results are one group of four. */
const rows = 4

/** A batch member, as its shader sees it. */
export interface BatchMember {
  readonly outer: number
  readonly inner: number
  readonly operands: readonly Tensor[]
  /** How many workgroups it needs. */
  readonly parts: number
}

/** Tensors that a shader locates through a table: see `batchTable`. */
export interface BatchStorage extends Storage {
  /** Statements that declare a workgroup's `part` and locate its member and tensors. */
  readonly names: string
  /** Code for the member's outer and inner length, and for the grid's width, all u32. */
  readonly outer: string
  readonly inner: string
  readonly across: string
  /** The code since the last call, with its loads first and its stores last. */
  around(code: string): string
}

/** A batch as one shader, with a table that locates its tensors. */
export interface BatchShader extends Pick<Shader, "label" | "code"> {
  readonly members: readonly BatchMember[]
}

/**
 * A batch as a shader, in a language with vectors and teams. `storageOf` provides storage for flat
 * operands.
 */
export function lowerBatch(
  members: Batch["members"],
  dialect: Dialect,
  storageOf: (operands: readonly Tensor[]) => BatchStorage,
  { subgroups = false }: DeviceTraits = {},
): BatchShader {
  const [first] = members
  const elements = members.reduce((sum, { outer, inner }) => sum + outer * inner, 0)
  const storage = storageOf(flatOf(first)!.operands)
  // Every member reads in bounds, but its lengths are not those of the first: nothing to clamp.
  const source = new Source({ ...dialect, robustAccess: true }, storage)
  const reduces = first.reductions.length > 0
  const body = reduces ? sums(first, storage, source, subgroups) : map(first, storage, source)
  const launch = { size, subgroups: reduces && subgroups }
  return {
    label: labelOf(`${members.length} ${reduces ? "sums" : "maps"}`, first, `${elements} in all`),
    code: source.code(`${storage.names}\n${body}`, storage.across, launch),
    members: members.map((nest) => {
      const { outer, inner } = nest
      const parts = Math.ceil(outer / (reduces ? rows : 4 * size * steps))
      return { outer, inner, operands: flatOf(nest)!.operands, parts }
    }),
  }
}

const lines = (...code: readonly string[]): string => code.join("\n")
const u32 = (code: string): Value => ({ code, width: 1, scalar: "u32" })

/** Longer than any tensor: the same code serves all lengths. */
const flat = along("x", 2 ** 31)

/** For maps, element `o` is `x`. For sums, the element read is `x`, whatever its row. */
const flattened = (value: Expression, variable: "o" | "r"): Expression =>
  replaceVariables(value, ({ name }: Variable) => (name === variable ? flat : at(0)))

/** Each thread computes a few groups of four; the last may pass the end, into padding. */
function map(nest: LoopNest, storage: BatchStorage, source: Source): string {
  const { constant, divide, loop, unsigned } = source.dialect
  const block = new CodeBlock(source, { variables: { x: "x" }, lanes: "x" })
  block.store(
    storesOf(nest).map(({ tensor, value }) => ({ tensor, at: flat, value: flattened(value, "o") })),
  )
  const counter = { name: "step", from: unsigned(0), below: unsigned(steps), step: unsigned(1) }
  const x = `(part * ${unsigned(steps)} + step) * ${unsigned(size)} + local`
  return lines(
    constant("quads", u32(divide(`(${storage.outer} + ${unsigned(3)})`, 4))),
    loop(
      counter,
      lines(constant("x", u32(x)), "if (x >= quads) { return; }", storage.around(block.code)),
    ),
  )
}

/**
 * A workgroup sums a few rows, one after the other, then combines the partial sums of all of them
 * at once. A row may begin and end within a group of four: elements of other rows are ignored.
 */
function sums(
  { reductions, outerStores }: LoopNest,
  storage: BatchStorage,
  source: Source,
  subgroups: boolean,
): string {
  const { apply, constant, divide, loop, select, splat, unsigned, variable } = source.dialect
  const partials = reductions.map(
    ({ op, value: { dtype } }, i): Gathered => ({ name: `sum${i}`, op, dtype, width: 4 }),
  )
  const each = (line: (partial: Gathered, i: number) => string) => lines(...partials.map(line))
  const element = new CodeBlock(source, { variables: { x: "x" }, lanes: "x" })
  const starts = partials.map((partial) => identityOf(element, partial))
  for (const [i, partial] of partials.entries()) {
    const value = element.value(flattened(reductions[i].value, "r"))
    const own = select("isOwn", element.widened(value, 4), starts[i].code)
    element.line(`${partial.name} = ${merged(element, partial, partial.name, own)};`)
  }
  const elements = storage.around(element.code)

  const all = new CodeBlock(source)
  const ofRows = partials.map((p) => ({ ...p, name: `${p.name}_rows` }))
  const totals = combine(all, ofRows, { parts: size, stride: 1, size, subgroups }, false)
  all.line(each((_, i) => `total${i} = ${totals[i].code};`))
  const results: Record<number, Value> = Object.fromEntries(
    partials.map(({ dtype }, i) => [i, { code: `total${i}`, width: 4, scalar: registerOf(dtype) }]),
  )
  const stores = new CodeBlock(source, { variables: { x: "part" }, lanes: "x", results })
  stores.store(outerStores.map(({ tensor, value }): PlacedStore => ({ tensor, at: flat, value })))

  const many = unsigned(rows)
  const left = apply(source, "minimum", [many, `outer - part * ${many}`], u32(""))
  const quads = {
    name: "x",
    from: `${divide("start", 4)} + local`,
    below: divide(`(end + ${unsigned(3)})`, 4),
    step: unsigned(size),
  }
  const four = (x: string) => splat(x, "u32", 4)
  const isOwn = `(element >= ${four("start")}) & (element < ${four("end")})`
  const row = lines(
    constant("start", u32(`(part * ${many} + row) * inner`)),
    constant("end", u32("start + inner")),
    each((p, i) => variable(p.name, starts[i])),
    loop(
      quads,
      lines(
        constant("element", { ...u32(`${unsigned(4)} * x + lane`), width: 4 }),
        constant("isOwn", { code: isOwn, width: 4, scalar: "bool" }),
        elements,
      ),
    ),
    each((p, i) => `${ofRows[i].name}[row] = ${folded(all, p).code};`),
  )
  return lines(
    constant("outer", u32(storage.outer)),
    constant("inner", u32(storage.inner)),
    each((_, i) => variable(ofRows[i].name, starts[i])),
    loop({ name: "row", from: unsigned(0), below: left, step: unsigned(1) }, row),
    each((_, i) => variable(`total${i}`, starts[i])),
    "{",
    ...(subgroups ? [] : [constant("part", u32("local"))]),
    `${all.code}\n}`,
    `if (local == ${unsigned(0)}) {\n${storage.around(stores.code)}\n}`,
  )
}
