import type { Shape } from "@tubelet/core"
import type { Shader, Source } from "@tubelet/core/codegen"
import type { OpaqueKernel, Strided } from "@tubelet/core/schedule"
import { type Axis, collapsedAxes, printOffset } from "./axes.js"
import { orNaN, workgroupArray } from "./dialect.js"

/** Indices checked at a time; one per thread. */
const threads = 256
const words = threads / 32
/** Sums per thread. */
const most = 4
/** Up to this width, each element of a row gets a thread. */
const narrow = 16

/** How a table is divided over a workgroup's threads. */
interface Cut {
  /** Elements or vec4s per table row. */
  readonly width: number
  /** 4 if rows are whole vec4s, also in memory. */
  readonly lanes: 1 | 4
  /** Threads per row, and rows per workgroup. */
  readonly across: number
  readonly down: number
  readonly sums: number
  /** Workgroups that share a row that is too wide for one. */
  readonly parts: number
}

/**
 * scatterRows: every workgroup has a few rows of the table, scans all indices for them, and adds
 * matching rows in index order, so that repeated indices always give the same bits. Matches are
 * recorded in a bit mask, so a thread compares one index of `threads`. An out-of-bounds index turns
 * the whole table into NaN, since it is unknown which row lacks a summand.
 */
export function printScatterRows(
  { operands, results, node }: OpaqueKernel,
  source: Source,
): Shader {
  const [rows, index] = operands as [Strided, Strided]
  const table = results[0].tensor
  const places = node.inputs[1].shape
  const split = splitRows(rows, node.inputs[0].shape, places.length)
  const cut = cutOf(split)
  const { lanes, width, across, down, sums, parts } = cut
  const element = lanes === 4 ? "vec4<f32>" : "f32"
  const indexAt = `${index.offset}u + ${printOffset("n", collapsedAxes(places, index.strides))}`
  const offsets = [printOffset("n", split.outer), printOffset("x", split.inner)]
  const rowAt = [`${split.offset}u`, ...offsets].join(" + ")
  const [count, height] = [node.inputs[1].size, table.shape[0]]
  const read = lanes === 4 ? source.memory.quad : source.memory.at
  const write = lanes === 4 ? source.memory.putQuad : source.memory.put
  const put = (x: string, sum: string) => write(table, `row * ${width}u + ${x}`, sum)
  source.share(workgroupArray("marks", `array<atomic<u32>, ${words}>`))
  source.share(workgroupArray("targets", `array<u32, ${threads}>`))
  source.share(workgroupArray("outside", "atomic<u32>"))
  source.call([
    [
      "index_at",
      `fn index_at(n: u32) -> u32 { return u32(${source.memory.at(index.tensor, indexAt)}); }`,
    ],
    ["row_at", `fn row_at(n: u32, x: u32) -> ${element} { return ${read(rows.tensor, rowAt)}; }`],
  ])
  const own = Array.from({ length: sums }, (_, c) => [`sum_${c}`, `column + ${c * across}u`])
  const eachSum = (line: (sum: string, x: string) => string) =>
    own.map(([sum, x]) => line(sum, x)).join("\n")
  const body = `let first = group / ${parts}u * ${down}u;
let row = first + local / ${across}u;
let column = group % ${parts}u * ${across * sums}u + local % ${across}u;
${eachSum((sum) => `var ${sum} = ${element}();`)}
for (var start = 0u; start < ${count}u; start += ${threads}u) {
  if (local < ${words}u) { atomicStore(&marks[local], 0u); }
  workgroupBarrier();
  if (start + local < ${count}u) {
    let found = index_at(start + local);
    targets[local] = found;
    if (found >= ${height}u) { atomicStore(&outside, 1u); }
    if (found - first < ${down}u) { atomicOr(&marks[local / 32u], 1u << (local % 32u)); }
  }
  workgroupBarrier();
  for (var word = 0u; word < ${words}u; word++) {
    var left = atomicLoad(&marks[word]);
    while (left != 0u) {
      let n = 32u * word + firstTrailingBit(left);
      left &= left - 1u;
      if (targets[n] == row) {
${eachSum((sum, x) => `        ${sum} += row_at(start + n, ${x});`)}
      }
    }
  }
  workgroupBarrier();
}
let isWhole = ${lanes === 4 ? "vec4<bool>" : ""}(atomicLoad(&outside) == 0u);
if (row < ${height}u) {
${eachSum((sum, x) => `  if (${x} < ${width}u) { ${put(x, orNaN(sum, "isWhole", lanes))} }`)}
}`
  const groups = Math.ceil(height / down) * parts
  const label = `scatter ${count} rows to ${height}x${width * lanes}`
  return source.shader(label, body, { groups, size: threads })
}

/** The position of rows: the axes of the index, then those inside a row. */
interface Rows {
  readonly lanes: Cut["lanes"]
  readonly offset: number
  readonly outer: readonly Axis[]
  readonly inner: readonly Axis[]
  readonly width: number
}

/** In vec4s if rows consist of them. */
function splitRows({ offset, strides }: Strided, shape: Shape, rank: number): Rows {
  const outer = collapsedAxes(shape.slice(0, rank), strides.slice(0, rank))
  const inner = collapsedAxes(shape.slice(rank), strides.slice(rank))
  const size = shape.slice(rank).reduce((a, b) => a * b, 1)
  const isDense = inner.length === 1 && inner[0].stride === 1
  const inFours = [size, offset, ...outer.map((a) => a.stride)].every((x) => x % 4 === 0)
  if (!isDense || !inFours) return { lanes: 1, offset, outer, inner, width: size }
  const fourth = outer.map(({ extent, stride }) => ({ extent, stride: stride / 4 }))
  const width = size / 4
  return {
    lanes: 4,
    offset: offset / 4,
    outer: fourth,
    inner: [{ extent: width, stride: 1 }],
    width,
  }
}

function cutOf({ lanes, width }: Rows): Cut {
  const sumsWanted = width > narrow ? most : 1
  const across = Math.min(threads, 2 ** Math.ceil(Math.log2(width / sumsWanted)))
  const sums = Math.min(most, Math.ceil(width / across))
  const parts = Math.ceil(width / (across * sums))
  return { lanes, width, across, down: threads / across, sums, parts }
}
