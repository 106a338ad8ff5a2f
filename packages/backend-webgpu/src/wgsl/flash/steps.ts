import type { Source } from "@tubelet/core/codegen"
import { workgroupArray } from "../dialect.js"
import type { Head } from "./head.js"
import {
  depth,
  type Extents,
  type FlashTile,
  ownQuads,
  quadsOf,
  stagePitch,
  stageQuads,
  threadsAcross,
  threadsOf,
  weightPitch,
  weightQuads,
} from "./tile.js"

const four = [0, 1, 2, 3]

/** One line for each of a thread's four rows. */
export const eachRow = (line: (i: number) => string): string => four.map(line).join("\n")

/**
 * The building blocks of attention kernels in WGSL. Thread (ty, tx) of a workgroup has rows `row +
 * ty + TY i` and columns `column + tx + TX j` of the scores, for i and j from 0 to 3. Names end in
 * the row's number; columns are the lanes of a vec4. Workgroup memory has two arrays of vec4s:
 * `stage` for operands and `weights` for a tile of scores.
 */
export class Steps {
  readonly #across: number
  readonly #down: number
  readonly #threads: number

  constructor(
    readonly source: Source,
    readonly tile: FlashTile,
    readonly extents: Extents,
  ) {
    this.#across = threadsAcross(tile)
    this.#down = tile.rows / 4
    this.#threads = threadsOf(tile)
    source.share(workgroupArray("stage", `array<vec4<f32>, ${stageQuads(tile, extents.headSize)}>`))
    source.share(workgroupArray("weights", `array<vec4<f32>, ${weightQuads(tile)}>`))
    source.call([
      ["batch", "var<private> batch: u32;"],
      ["head", "var<private> head: u32;"],
      [
        "dotAdd",
        `fn dotAdd(a: vec4<f32>, b: vec4<f32>, sum: f32) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}`,
      ],
    ])
  }

  get groups(): number {
    return this.extents.batch * this.extents.heads * this.#blocks
  }

  get #blocks(): number {
    return Math.ceil(this.extents.rows / this.tile.rows)
  }

  /**
   * Locates the workgroup and thread. Neighbouring workgroups share a head, whose columns are then
   * cached.
   */
  place(): string {
    return `if (group >= ${this.groups}u) { return; }
let row = group % ${this.#blocks}u * ${this.tile.rows}u;
head = group / ${this.#blocks}u % ${this.extents.heads}u;
batch = group / ${this.#blocks * this.extents.heads}u;
let tx = local % ${this.#across}u;
let ty = local / ${this.#across}u;`
  }

  /** The token of a thread's row. */
  rowAt = (i: number): string => `row + ty + ${this.#down * i}u`

  /** Runs `body` for every tile of columns. */
  walk(body: string): string {
    const { columns } = this.extents
    return `for (var column = 0u; column < ${columns}u; column += ${this.tile.columns}u) {
${body}
}`
  }

  /** A vec4<bool> of the thread's columns that exist; undefined if all do. */
  get hasEnd(): boolean {
    return this.extents.columns % this.tile.columns !== 0
  }
  columnsAt(): string {
    const steps = four.map((j) => `${this.#across * j}u`).join(", ")
    return `column + tx + vec4<u32>(${steps})`
  }
  existing(): string {
    return `let exists = (${this.columnsAt()}) < vec4<u32>(${this.extents.columns}u);`
  }

  /** Sets `name_i`, vec4s over columns, to the products of rows of `a` with columns of `b`. */
  scores(name: string, a: Head, b: Head): string {
    const quads = quadsOf(this.extents.headSize)
    const { rows, columns } = this.tile
    const columnsFrom = rows * stagePitch
    const steps = quads % depth === 0 ? `${depth}u` : `min(${depth}u, ${quads}u - chunk)`
    const products = eachRow(
      (i) =>
        `      ${name}_${i} = vec4<f32>(${four
          .map((j) => `dotAdd(a${i}, b${j}, ${name}_${i}[${j}])`)
          .join(", ")});`,
    )
    const ofColumn = (j: number) => `(tx + ${this.#across * j}u) * ${stagePitch}u`
    return `${eachRow((i) => `  var ${name}_${i} = vec4<f32>();`)}
  for (var chunk = 0u; chunk < ${quads}u; chunk += ${depth}u) {
${this.#stageChunk(a, "row", rows, 0)}
${this.#stageChunk(b, "column", columns, columnsFrom)}
    workgroupBarrier();
    for (var d = 0u; d < ${steps}; d++) {
${eachRow((i) => `      let a${i} = stage[(ty + ${this.#down * i}u) * ${stagePitch}u + d];`)}
${eachRow((j) => `      let b${j} = stage[${ofColumn(j)} + d + ${columnsFrom}u];`)}
${products}
    }
    workgroupBarrier();
  }`
  }

  #stageChunk({ name }: Head, first: string, count: number, from: number): string {
    return `    for (var n = local; n < ${count * depth}u; n += ${this.#threads}u) {
      stage[n / ${depth}u * ${stagePitch}u + n % ${depth}u + ${from}u] =
        ${name}_quad(${first} + n / ${depth}u, chunk + n % ${depth}u);
    }`
  }

  /** Stores a tile of scores for `gather`. Lane j of vec4 tx is column tx + TX j. */
  keep(value: (i: number) => string): string {
    return eachRow(
      (i) =>
        `  weights[(ty + ${this.#down * i}u) * ${weightPitch(this.tile)}u + tx] = ${value(i)};`,
    )
  }

  /** The vec4s of the head that a thread sums, by variable name. */
  #own(name: string, i: number): string[] {
    const count = ownQuads(this.tile, this.extents.headSize)
    return Array.from({ length: count }, (_, c) => `${name}_${i}_${c}`)
  }

  /** One line for each of a thread's sums, with the vec4 of the head it belongs to. */
  eachSum(name: string, line: (sum: string, i: number, d: string) => string): string {
    return eachRow((i) =>
      this.#own(name, i)
        .map((sum, c) => line(sum, i, `tx + ${this.#across * c}u`))
        .join("\n"),
    )
  }

  declareSums = (name: string): string => this.eachSum(name, (sum) => `var ${sum} = vec4<f32>();`)

  /** Adds the rows of `b`, over whole heads, times the stored weights to the sums `name`. */
  gather(name: string, b: Head): string {
    const quads = quadsOf(this.extents.headSize)
    const pitch = this.#across * ownQuads(this.tile, this.extents.headSize)
    const own = this.#own("b", 0)
    const products = (j: number) => `      {
${own
  .map((b, c) => {
    const at = `(4u * k + ${j}u) * ${pitch}u + tx + ${this.#across * c}u`
    return `        let ${b} = stage[${at}];`
  })
  .join("\n")}
${eachRow((i) =>
  this.#own(name, i)
    .map((sum, c) => `        ${sum} += w${i}[${j}] * ${own[c]};`)
    .join("\n"),
)}
      }`
    const weightsOf = (i: number) => `(ty + ${this.#down * i}u) * ${weightPitch(this.tile)}u`
    return `  for (var some = 0u; some < ${this.#across}u; some += ${depth}u) {
    for (var n = local; n < ${4 * depth * quads}u; n += ${this.#threads}u) {
      let k = n / ${quads}u;
      let d = n % ${quads}u;
      let own = column + some + k / 4u + k % 4u * ${this.#across}u;
      stage[k * ${pitch}u + d] = ${b.name}_quad(own, d);
    }
    workgroupBarrier();
    for (var k = 0u; k < ${depth}u; k++) {
${eachRow((i) => `      let w${i} = weights[${weightsOf(i)} + some + k];`)}
${four.map(products).join("\n")}
    }
    workgroupBarrier();
  }`
  }

  /** Reduces `name`, a vec4 with one number per row, over all threads of the row. */
  across(name: string, combine: (a: string, b: string) => string): string {
    return `  stage[local] = ${name};
  workgroupBarrier();
  ${name} = stage[ty * ${this.#across}u];
  for (var n = 1u; n < ${this.#across}u; n++) {
    ${name} = ${combine(name, `stage[ty * ${this.#across}u + n]`)};
  }
  workgroupBarrier();`
  }

  launch(label: string, body: string) {
    const { batch, heads, rows, columns, headSize } = this.extents
    const sizes = `${batch}x${heads}x${rows}x${columns}x${headSize}`
    const tile = `${this.tile.rows}x${this.tile.columns}`
    return this.source.shader(`${label} ${sizes}, ${tile}`, body, {
      groups: this.groups,
      size: this.#threads,
    })
  }
}
