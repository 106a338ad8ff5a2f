import { type SharedTile, type Source, threadsOf } from "@tubelet/core/codegen"
import { workgroupArray } from "../dialect.js"
import { declareBase, type Operand, printLoad } from "./operand.js"
import { declareSums, eachResult } from "./results.js"

/** One operand's part of a tile: k rows of `width` vec4s in workgroup memory. */
interface Panel {
  readonly operand: Operand
  /** The variable with the first row or column of the tile. */
  readonly start: string
  readonly width: number
  readonly depth: number
  /** 4x4 blocks, which threads load. */
  readonly blocks: number
  /** Vec4s per thread. */
  readonly fragments: number
}

/**
 * Tiles in workgroup memory. Threads load 4x4 blocks and transpose those that lie along k, so that
 * both panels have k outermost and every read is a vec4. The next tile's blocks are loaded into
 * registers while this one is multiplied.
 */
export function printShared(tile: SharedTile, a: Operand, b: Operand, source: Source): string {
  const panel = (operand: Operand, start: string, across: number, own: number): Panel => ({
    operand,
    start,
    width: across / 4,
    depth: tile.k / 4,
    blocks: (across / 4) * (tile.k / 4),
    fragments: own / 4,
  })
  const panels = [
    panel(a, "row", tile.m, tile.rows),
    panel(b, "column", tile.n, tile.columns),
  ] as const
  for (const { operand, width } of panels) {
    source.share(workgroupArray(`tile_${operand.name}`, `array<vec4<f32>, ${tile.k * width}>`))
    const load = printLoad(operand, "block", source.memory, operand.k.extent % tile.k !== 0)
    source.call([[`${operand.name}_block`, load]])
  }
  return printBody(tile, panels)
}

function printBody(tile: SharedTile, panels: readonly [Panel, Panel]): string {
  const [a, b] = panels
  const threads = threadsOf(tile)
  const results = { rows: tile.rows, fours: b.fragments }
  const slots = slotsOf(threads, panels)
  const fetch = (k: string) => printSlots(slots, threads, (panel, s) => printFetch(panel, s, k))
  const across = b.width / b.fragments
  return `  let row = tile_row * ${tile.m}u;
  let column = tile_column * ${tile.n}u;
${declareBase(a.operand)}
${declareBase(b.operand)}
  let a_own = local / ${across}u;
  let b_own = local % ${across}u;
${declareSums(results)}
${slots.map((_, s) => `  var ahead_${s}: mat4x4<f32>;`).join("\n")}
${fetch("0u")}
  for (var k = 0u; k < ${a.operand.k.extent}u; k += ${tile.k}u) {
    workgroupBarrier();
${printSlots(slots, threads, printPut)}
    workgroupBarrier();
    if (k + ${tile.k}u < ${a.operand.k.extent}u) {
${fetch(`k + ${tile.k}u`)}
    }
    for (var kb = 0u; kb < ${a.depth}u; kb++) {
${panels.map(printOwnColumns).join("\n")}
${[0, 1, 2, 3].map((c) => printStep(panels, c)).join("\n")}
    }
  }
${eachResult(results, (sum, r, f) => {
  const i = `row + 4u * (a_own + ${Math.floor(r / 4) * (a.width / a.fragments)}u) + ${r % 4}u`
  return `  store(batch, ${i}, column + 4u * (b_own + ${f * across}u), ${sum});`
})}`
}

/** A set of blocks loaded at one time: the panel, and the first thread. */
interface Share {
  readonly panel: Panel
  /** Threads `from` to `to` - 1 take the blocks that start at `first`. */
  readonly from: number
  readonly to: number
  readonly first: number
}

/** Each slot is one block per thread, a's first; in the last, threads may idle. */
function slotsOf(threads: number, panels: readonly Panel[]): Share[][] {
  const slots: Share[][] = []
  let done = 0
  for (const panel of panels) {
    for (let first = 0; first < panel.blocks; ) {
      const from = done % threads
      const count = Math.min(threads - from, panel.blocks - first)
      if (from === 0) slots.push([])
      slots.at(-1)!.push({ panel, from, to: from + count, first })
      first += count
      done += count
    }
  }
  return slots
}

const printSlots = (
  slots: readonly Share[][],
  threads: number,
  print: (share: Share, slot: number) => string,
): string =>
  slots
    .map((shares, s) => {
      if (shares[0].to === threads) return print(shares[0], s)
      return shares
        .map((share) => `    if (local < ${share.to}u) {\n${print(share, s)}\n    }`)
        .join(" else ")
    })
    .join("\n")

/** The block a thread takes: its position along k and across, contiguous between neighbours. */
function printPlace({ panel, from, first }: Share): string {
  const block =
    first === from
      ? "local"
      : first > from
        ? `local + ${first - from}u`
        : `local - ${from - first}u`
  const inner = panel.operand.near === "k" ? panel.depth : panel.width
  const [fast, slow] = panel.operand.near === "k" ? ["kb", "xb"] : ["xb", "kb"]
  return `      let ${fast} = (${block}) % ${inner}u;
      let ${slow} = (${block}) / ${inner}u;`
}

function printFetch(share: Share, slot: number, k: string): string {
  const { operand, start } = share.panel
  const { name } = operand
  return `    {
${printPlace(share)}
      ahead_${slot} = ${name}_block(${name}_base, ${start} + 4u * xb, ${k} + 4u * kb);
    }`
}

function printPut(share: Share, slot: number): string {
  const { operand, width } = share.panel
  const lines = [0, 1, 2, 3].map(
    (c) => `      tile_${operand.name}[place + ${c * width}u] = ahead_${slot}[${c}];`,
  )
  return `    {
${printPlace(share)}
      let place = kb * ${4 * width}u + (xb ^ ${printSwizzle(share.panel)});
${lines.join("\n")}
    }`
}

/**
 * Workgroup memory has eight banks of vec4s. Threads that write adjacent blocks along k would all
 * hit one bank; rotating each block's column by its k spreads them without extra memory.
 */
function printSwizzle({ depth, width }: Panel): string {
  const turn = Math.max(1, 8 / depth)
  return `((kb * ${turn}u) & ${Math.min(8, width) - 1}u)`
}

const printOwnColumns = (panel: Panel): string =>
  Array.from({ length: panel.fragments }, (_, f) => {
    const { name } = panel.operand
    const own = `${name}_own + ${f * (panel.width / panel.fragments)}u`
    const swizzled = `(${own}) ^ ${printSwizzle(panel)}`
    return `      let ${name}_at_${f} = kb * ${4 * panel.width}u + (${swizzled});`
  }).join("\n")

/** One step of k: an outer product of a thread's rows and columns. */
function printStep([a, b]: readonly [Panel, Panel], c: number): string {
  const loads = [a, b].flatMap((panel) =>
    Array.from({ length: panel.fragments }, (_, f) => {
      const { name } = panel.operand
      return `        let ${name}_${f} = tile_${name}[${name}_at_${f} + ${c * panel.width}u];`
    }),
  )
  const products = eachResult({ rows: 4 * a.fragments, fours: b.fragments }, (sum, r, f) => {
    return `        ${sum} += a_${Math.floor(r / 4)}[${r % 4}] * b_${f};`
  })
  return `      {
${loads.join("\n")}
${products}
      }`
}
