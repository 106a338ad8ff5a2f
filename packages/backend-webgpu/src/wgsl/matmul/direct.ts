import { type DirectTile, type Source, threadsOf } from "@tubelet/core/codegen"
import { workgroupArray } from "../dialect.js"
import { declareBase, type Operand, printLoad } from "./operand.js"
import { declareSums, eachResult, type Results } from "./results.js"

/**
 * No tiles in workgroup memory: each thread reads its own rows and columns. Best for few rows or
 * columns, where nothing is read twice, and for drivers on a CPU, whose cache plays the role of
 * workgroup memory.
 */
export function printDirect(tile: DirectTile, a: Operand, b: Operand, source: Source): string {
  const results = { rows: tile.rows, fours: tile.columns / 4 }
  const { x, y, parts } = tile
  // Neighbouring threads read consecutive elements of the larger operand.
  const larger = a.across.extent > b.across.extent ? a : b
  const [inner, own] =
    parts === 1 || larger.near === "k" ? [parts, ["part", "place"]] : [x * y, ["place", "part"]]
  const strips = tile.rows % 4 !== 0
  const guard = a.k.extent % 4 !== 0
  source.call([
    ["a_load", printLoad(a, strips ? "strip" : "block", source.memory, guard)],
    ["b_load", printLoad(b, "block", source.memory, guard)],
  ])
  if (parts > 1) {
    source.share(
      workgroupArray("sums", `array<vec4<f32>, ${threadsOf(tile) * tile.rows * results.fours}>`),
    )
  }
  const rowOf = (r: number) =>
    strips
      ? `row + own_row * ${tile.rows}u + ${r}u`
      : `row + 4u * (own_row + ${(r >> 2) * y}u) + ${r % 4}u`
  const columnOf = (f: number) => `column + 4u * (own_column + ${f * x}u)`
  const loads = [
    ...Array.from(
      { length: strips ? tile.rows : tile.rows / 4 },
      (_, f) =>
        `let a_${f} = a_${strips ? "strip" : "block"}(a_base, ${rowOf(strips ? f : 4 * f)}, k);`,
    ),
    ...Array.from(
      { length: results.fours },
      (_, f) => `let b_${f} = b_block(b_base, ${columnOf(f)}, k);`,
    ),
  ]
  const scalar = (r: number, c: number) => (strips ? `a_${r}[${c}]` : `a_${r >> 2}[${c}][${r % 4}]`)
  const step = (c: number) =>
    eachResult(results, (sum, r, f) => `    ${sum} += ${scalar(r, c)} * b_${f}[${c}];`)
  return `  let ${own[0]} = local % ${inner}u;
  let ${own[1]} = local / ${inner}u;
  let own_row = place / ${x}u;
  let own_column = place % ${x}u;
  let row = tile_row * ${tile.rows * y}u;
  let column = tile_column * ${tile.columns * x}u;
${declareBase(a)}
${declareBase(b)}
${declareSums(results)}
  for (var k = 4u * part; k < ${a.k.extent}u; k += ${4 * parts}u) {
    ${loads.join("\n    ")}
${[0, 1, 2, 3].map(step).join("\n")}
  }
${parts > 1 ? printGather(tile, results) : ""}
${eachResult(results, (sum, r, f) => `  store(batch, ${rowOf(r)}, ${columnOf(f)}, ${sum});`)}`
}

/** Sums the parts in pairs, in a fixed order; the first part then stores. */
function printGather({ x, y, parts }: DirectTile, results: Results): string {
  const places = x * y
  const all = places * parts
  const slot = (r: number, f: number) => (r * results.fours + f) * all
  const at = (r: number, f: number) => `sums[part * ${places}u + place + ${slot(r, f)}u]`
  const other = (r: number, f: number) =>
    `sums[(part + half) * ${places}u + place + ${slot(r, f)}u]`
  return `${eachResult(results, (sum, r, f) => `  ${at(r, f)} = ${sum};`)}
  for (var half = ${parts / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (part < half) {
${eachResult(
  results,
  (sum, r, f) => `      ${sum} += ${other(r, f)};
      ${at(r, f)} = ${sum};`,
)}
    }
  }
  if (part != 0u) { return; }`
}
