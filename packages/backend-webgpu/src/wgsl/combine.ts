import { type DType, isFloat } from "@tubelet/core"
import type { Reduction } from "@tubelet/core/schedule"
import type { CodeBlock } from "./expression.js"
import { literalOf } from "./operations.js"
import type { Source } from "./source.js"
import { typeOf, type Value, type Width, widened } from "./value.js"

/** Several invocations that have each a part of the same reductions. */
export interface Team {
  /** How many they are, a power of two. */
  readonly parts: number
  /** How far apart they are in `local`. */
  readonly stride: number
  /** Invocations of the workgroup. */
  readonly size: number
  /** Whether the team is the workgroup and the device has subgroups. */
  readonly subgroups: boolean
}

/** What a reduction has gathered so far, in a variable of this name. */
export interface Gathered {
  readonly name: string
  readonly op: Reduction["op"]
  readonly dtype: DType
  readonly width: Width
}

/** What a reduction starts from. */
export function identityOf(source: Source, { op, dtype, width }: Gathered): string {
  const lowest = isFloat(dtype) ? Number.NEGATIVE_INFINITY : -(2 ** 31)
  const code = literalOf(source, op === "sum" ? 0 : lowest, dtype)
  return widened({ code, width: 1 }, dtype, width)
}

export const merged = (op: Reduction["op"], x: string, y: string): string =>
  op === "sum" ? `${x} + ${y}` : `max(${x}, ${y})`

/** The four lanes of a vector as one element. */
export function folded({ op, name }: Gathered): string {
  const pair = (x: string, y: string) => `(${merged(op, `${name}.${x}`, `${name}.${y}`)})`
  return merged(op, pair("x", "y"), pair("z", "w"))
}

/**
 * Puts the parts of a team together, in an order that never changes; every invocation gets the
 * totals. All invocations of the workgroup must come here, `again` if they have been here before.
 */
export function combine(
  block: CodeBlock,
  partials: readonly Gathered[],
  team: Team,
  again: boolean,
): Value[] {
  if (team.parts === 1) return partials.map(({ name, width }) => ({ code: name, width }))
  const arrays = partials.map((partial, i) => shared(block, partial, i, team))
  // Nobody may still be reading the totals from before.
  if (again) block.line("workgroupBarrier();")
  const totals = team.subgroups ? bySubgroups : byTree
  return totals(block, partials, arrays, team)
}

function shared(block: CodeBlock, { dtype, width }: Gathered, i: number, { size }: Team): string {
  const name = `shared${i}_${dtype}_${width}`
  block.source.share(name, `array<${typeOf(dtype, width)}, ${size}>`)
  return name
}

function byTree(
  block: CodeBlock,
  partials: readonly Gathered[],
  arrays: readonly string[],
  { parts, stride }: Team,
): Value[] {
  for (const [i, { name }] of partials.entries()) block.line(`${arrays[i]}[local] = ${name};`)
  const other = `local + step${stride === 1 ? "" : ` * ${stride}u`}`
  const steps = partials.map(({ op }, i) => {
    const array = arrays[i]!
    return `${array}[local] = ${merged(op, `${array}[local]`, `${array}[${other}]`)};`
  })
  block.line(`workgroupBarrier();
for (var step = ${parts / 2}u; step > 0u; step >>= 1u) {
if (part < step) { ${steps.join(" ")} }
workgroupBarrier();
}`)
  const first = `local - part${stride === 1 ? "" : ` * ${stride}u`}`
  return partials.map(({ width }, i) => named(block, `${arrays[i]}[${first}]`, width))
}

/**
 * Each subgroup by itself, then the totals of all subgroups, by each of them. WGSL promises no
 * relation between subgroups and `local`, nor that subgroups are full. So a total lies where its
 * subgroup's first lane is, and everywhere else lies what adds nothing; a place depends on no race.
 */
function bySubgroups(
  block: CodeBlock,
  partials: readonly Gathered[],
  arrays: readonly string[],
  { size }: Team,
): Value[] {
  const total = ({ op }: Gathered, x: string) => `subgroup${op === "sum" ? "Add" : "Max"}(${x})`
  for (const [i, partial] of partials.entries()) {
    const options = `${identityOf(block.source, partial)}, ${total(partial, partial.name)}`
    block.line(`${arrays[i]}[local] = select(${options}, subgroupLane == 0u);`)
  }
  block.line("workgroupBarrier();")
  const names = partials.map((_, i) => {
    const name = block.source.name()
    block.line(`var ${name} = ${arrays[i]}[subgroupLane];`)
    return name
  })
  const steps = partials.map(
    ({ op }, i) => `${names[i]} = ${merged(op, names[i]!, `${arrays[i]}[i]`)};`,
  )
  block.line(`for (var i = subgroupLane + subgroupLanes; i < ${size}u; i += subgroupLanes) {
${steps.join("\n")}
}`)
  return partials.map((p, i) => named(block, total(p, names[i]!), p.width))
}

function named(block: CodeBlock, code: string, width: Width): Value {
  const name = block.source.name()
  block.line(`let ${name} = ${code};`)
  return { code: name, width }
}
