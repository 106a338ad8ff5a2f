import type { ProductShape } from "@tubelet/core/codegen"

/** What an epilogue handles at a time: products and their position, as WGSL names. */
export interface Fragment {
  /** Number of values in `result`: four consecutive j, or one. */
  readonly lanes: 1 | 4
  /** u32 */
  readonly variables: { readonly b: string; readonly i: string; readonly j: string }
  /** f32 or vec4<f32> */
  readonly result: string
}

/** Emits statements that store the results of products. */
export type PrintStores = (fragment: Fragment) => string

const variables = { b: "b", i: "i", j: "j" }

/**
 * The function `store`, which takes four products of row i from column j on and stores those that
 * exist, four at a time if rows are whole vec4s.
 */
export function printStore(
  { m, n }: ProductShape,
  [rows, columns]: readonly [number, number],
  printStores: PrintStores,
): [name: string, code: string][] {
  const lanes = n % 4 === 0 ? 4 : 1
  const beyond = [...(m % rows ? [`i >= ${m}u`] : []), ...(n % columns ? [`j >= ${n}u`] : [])]
  const guard = beyond.length > 0 ? `  if (${beyond.join(" || ")}) { return; }\n` : ""
  const stores = printStores({ lanes, variables, result: "product" })
  const written = (name: string, type: string, body: string): [string, string] => [
    name,
    `fn ${name}(b: u32, i: u32, j: u32, product: ${type}) {\n${body}\n}`,
  ]
  if (lanes === 4) return [written("store", "vec4<f32>", guard + stores)]
  const each = [0, 1, 2, 3].map((c) => {
    const inside = c === 0 ? "" : `if (j + ${c}u < ${n}u) `
    return `  ${inside}{ store_one(b, i, j + ${c}u, product[${c}]); }`
  })
  return [
    written("store_one", "f32", stores),
    written("store", "vec4<f32>", guard + each.join("\n")),
  ]
}

/** A thread's results: row r, columns in vec4s numbered f. */
export interface Results {
  readonly rows: number
  readonly fours: number
}

const cells = <T>({ rows, fours }: Results, cell: (r: number, f: number) => T): T[] =>
  Array.from({ length: rows * fours }, (_, i) => cell(Math.floor(i / fours), i % fours))

export const eachResult = (
  results: Results,
  line: (sum: string, r: number, f: number) => string,
): string => cells(results, (r, f) => line(`sum_${r}_${f}`, r, f)).join("\n")

export const declareSums = (results: Results): string =>
  eachResult(results, (sum) => `  var ${sum} = vec4<f32>();`)
