import type { Shader, Source } from "@tubelet/core/codegen"
import type { OpaqueKernel } from "@tubelet/core/schedule"
import { headOf, resultOf, statisticOf } from "./flash/head.js"
import { eachRow, Steps } from "./flash/steps.js"
import { extentsOf, type FlashTile } from "./flash/tile.js"

/** Inputs of both gradients: probabilities are recomputed from the rows' logSumExp. */
function inputsOf(
  kernel: OpaqueKernel,
  source: Source,
  queries: number,
  keys: number,
  size: number,
) {
  const [q, k, v, g, logSumExp, delta] = kernel.operands
  statisticOf(source, "lse", logSumExp, queries)
  statisticOf(source, "delta", delta, queries)
  return {
    q: headOf(source, "q", q, queries, size),
    k: headOf(source, "k", k, keys, size),
    v: headOf(source, "v", v, keys, size),
    g: headOf(source, "g", g, queries, size),
  }
}

const scaleOf = ({ node }: OpaqueKernel): number => node.attrs.scale as number
const f32 = (x: number): string => `${Math.fround(x)}f`

/**
 * The cotangent of the queries (Dao 2023, algorithm 2): a workgroup has a block of queries and
 * loops over the keys. With the probabilities p and dP = g v^T, it is scale p (dP - delta) k.
 */
export function printFlashGradientQ(kernel: OpaqueKernel, tile: FlashTile, source: Source): Shader {
  const extents = extentsOf(kernel)
  const { rows, columns, headSize } = extents
  const steps = new Steps(source, tile, extents)
  const { q, k, v, g } = inputsOf(kernel, source, rows, columns, headSize)
  resultOf(source, "dq", kernel.results[0], kernel.node.outputs[0])
  const scale = scaleOf(kernel)
  const ofRows = (name: string) =>
    `vec4<f32>(${[0, 1, 2, 3].map((i) => `${name}_at(${steps.rowAt(i)})`).join(", ")})`
  const score = (i: number) => {
    const p = `exp(fma(s_${i}, vec4<f32>(${f32(scale)}), vec4<f32>(-lse[${i}])))`
    const dScore = `${p} * (dp_${i} - delta[${i}])`
    // Past the last key, p may be infinite if all scores of a row are far below zero.
    return steps.hasEnd ? `select(vec4<f32>(), ${dScore}, exists)` : dScore
  }
  const body = `${steps.place()}
let lse = ${ofRows("lse")};
let delta = ${ofRows("delta")};
${steps.declareSums("dq")}
${steps.walk(`${steps.scores("s", q, k)}
${steps.scores("dp", g, v)}
  ${steps.hasEnd ? steps.existing() : ""}
${steps.keep(score)}
${steps.gather("dq", k)}`)}
${steps.eachSum("dq", (sum, i, d) => `dq_put(${steps.rowAt(i)}, ${d}, ${sum} * ${f32(scale)});`)}`
  return steps.launch("attention's gradient of q", body)
}

/**
 * The cotangents of keys and values: a workgroup has a block of keys and loops over the queries,
 * with all scores transposed. No two workgroups write the same element, so no sums across
 * workgroups are needed, at the price of computing the scores twice.
 */
export function printFlashGradientKV(
  kernel: OpaqueKernel,
  tile: FlashTile,
  source: Source,
): Shader {
  const extents = extentsOf(kernel)
  const { rows, columns, headSize } = extents
  const steps = new Steps(source, tile, extents)
  const { q, k, v, g } = inputsOf(kernel, source, columns, rows, headSize)
  for (const [i, name] of ["dk", "dv"].entries()) {
    resultOf(source, name, kernel.results[i], kernel.node.outputs[i])
  }
  const scale = scaleOf(kernel)
  const ofColumns = (name: string) =>
    `vec4<f32>(${[0, 1, 2, 3].map((j) => `${name}_at(at[${j}])`).join(", ")})`
  const p = (i: number) => `exp(fma(s_${i}, vec4<f32>(${f32(scale)}), -lse))`
  // Past the last query, g, q and the statistics are zero and add nothing.
  const body = `${steps.place()}
${steps.declareSums("dk")}
${steps.declareSums("dv")}
${steps.walk(`  let at = ${steps.columnsAt()};
  let lse = ${ofColumns("lse")};
  let delta = ${ofColumns("delta")};
${steps.scores("s", k, q)}
${steps.scores("dp", v, g)}
${eachRow((i) => `  s_${i} = ${p(i)};`)}
${steps.keep((i) => `s_${i}`)}
${steps.gather("dv", g)}
${steps.keep((i) => `s_${i} * (dp_${i} - delta)`)}
${steps.gather("dk", q)}`)}
${steps.eachSum("dk", (sum, i, d) => `dk_put(${steps.rowAt(i)}, ${d}, ${sum} * ${f32(scale)});`)}
${steps.eachSum("dv", (sum, i, d) => `dv_put(${steps.rowAt(i)}, ${d}, ${sum});`)}`
  return steps.launch("attention's gradient of k and v", body)
}
