import { type DType, isFloat } from "../../dtype.js"
import type { Reduction } from "../../schedule/kernel.js"
import type { CodeBlock } from "../text/block.js"
import type { TeamDialect } from "../text/dialect.js"
import { registerOf, type Value, type Width } from "../text/value.js"

/** Threads that share the work of the same reductions. */
export interface Team {
  /** Number of threads, a power of two. */
  readonly parts: number
  /** Their distance in `local`. */
  readonly stride: number
  /** Threads per workgroup. */
  readonly size: number
  /** Whether the team is the whole workgroup and the device has subgroups. */
  readonly subgroups: boolean
}

/** The partial result of a reduction, in a variable of this name. */
export interface Gathered {
  readonly name: string
  readonly op: Reduction["op"]
  readonly dtype: DType
  readonly width: Width
}

/** The identity element of a reduction. */
export function identityOf(block: CodeBlock, { op, dtype, width }: Gathered): Value {
  const { source } = block
  const lowest = isFloat(dtype) ? Number.NEGATIVE_INFINITY : -(2 ** 31)
  const code = source.dialect.literal(source, op === "sum" ? 0 : lowest, dtype)
  const scalar = registerOf(dtype)
  return { code: block.widened({ code, width: 1, scalar }, width), width, scalar }
}

/** Combines two partial results. */
export const merged = (
  { source }: CodeBlock,
  { op, dtype, width }: Gathered,
  x: string,
  y: string,
): string => {
  const register = { width, scalar: registerOf(dtype) }
  return source.dialect.apply(source, op === "sum" ? "add" : "maximum", [x, y], register)
}

/** Combines the four lanes of a vector. */
export function folded(block: CodeBlock, gathered: Gathered): Value {
  const { name, dtype } = gathered
  const one = { ...gathered, width: 1 } as const
  const pair = (x: string, y: string) => `(${merged(block, one, `${name}.${x}`, `${name}.${y}`)})`
  const code = merged(block, one, pair("x", "y"), pair("z", "w"))
  return { code, width: 1, scalar: registerOf(dtype) }
}

/**
 * Combines the partial results of a team in a fixed order; every thread gets the totals. All
 * threads of the workgroup must reach this code. `again` says that they have been here before.
 */
export function combine(
  block: CodeBlock,
  partials: readonly Gathered[],
  team: Team,
  again: boolean,
): Value[] {
  if (team.parts === 1) return partials.map((p) => element(p, p.name))
  const arrays = partials.map((partial, i) => shared(block, partial, i, team))
  // Wait until no thread still reads the previous totals.
  if (again) block.line(teamOf(block).barrier)
  const totals = team.subgroups ? bySubgroups : byTree
  return totals(block, partials, arrays, team)
}

function teamOf({ source }: CodeBlock): TeamDialect {
  const { team } = source.dialect
  if (team) return team
  throw new Error("this language has no teams of threads")
}

function shared(block: CodeBlock, { dtype, width }: Gathered, i: number, { size }: Team): string {
  const name = `shared${i}_${dtype}_${width}`
  block.source.share(teamOf(block).shared(name, registerOf(dtype), width, size))
  return name
}

const element = ({ dtype, width }: Gathered, code: string): Value => ({
  code,
  width,
  scalar: registerOf(dtype),
})

function byTree(
  block: CodeBlock,
  partials: readonly Gathered[],
  arrays: readonly string[],
  { parts, stride }: Team,
): Value[] {
  const { unsigned } = block.source.dialect
  const { barrier, halving } = teamOf(block)
  for (const [i, { name }] of partials.entries()) block.line(`${arrays[i]}[local] = ${name};`)
  const apart = stride === 1 ? "" : ` * ${unsigned(stride)}`
  const steps = partials.map((partial, i) => {
    const array = arrays[i]
    const both = merged(block, partial, `${array}[local]`, `${array}[local + step${apart}]`)
    return `${array}[local] = ${both};`
  })
  const half = `if (part < step) { ${steps.join(" ")} }\n${barrier}`
  block.line(`${barrier}\n${halving("step", parts / 2, half)}`)
  return partials.map((partial, i) =>
    block.named(element(partial, `${arrays[i]}[local - part${apart}]`)),
  )
}

/**
 * Reduces within each subgroup, then over the totals of all subgroups. WGSL guarantees neither a
 * relation between subgroups and `local` nor full subgroups. So each total is stored at its
 * subgroup's first lane and the identity element everywhere else; no location is written by two
 * threads.
 */
function bySubgroups(
  block: CodeBlock,
  partials: readonly Gathered[],
  arrays: readonly string[],
  { size }: Team,
): Value[] {
  const { loop, select, unsigned, variable } = block.source.dialect
  const { barrier, subgroupTotal } = teamOf(block)
  const isFirst = `subgroupLane == ${unsigned(0)}`
  for (const [i, partial] of partials.entries()) {
    const total = subgroupTotal(partial.op, partial.name)
    block.line(`${arrays[i]}[local] = ${select(isFirst, total, identityOf(block, partial).code)};`)
  }
  block.line(barrier)
  const names = partials.map((partial, i) => {
    const name = block.source.name()
    block.line(variable(name, element(partial, `${arrays[i]}[subgroupLane]`)))
    return name
  })
  const steps = partials.map(
    (partial, i) => `${names[i]} = ${merged(block, partial, names[i], `${arrays[i]}[i]`)};`,
  )
  const others = {
    name: "i",
    from: "subgroupLane + subgroupLanes",
    below: unsigned(size),
    step: "subgroupLanes",
  }
  block.line(loop(others, steps.join("\n")))
  return partials.map((partial, i) =>
    block.named(element(partial, subgroupTotal(partial.op, names[i]))),
  )
}
