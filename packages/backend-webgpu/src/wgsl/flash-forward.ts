import type { Shader, Source } from "@tubelet/core/codegen"
import type { OpaqueKernel } from "@tubelet/core/schedule"
import { headOf, resultOf } from "./flash/head.js"
import { eachRow, Steps } from "./flash/steps.js"
import { extentsOf, type FlashTile } from "./flash/tile.js"

/** Less than every score, and still finite after a subtraction. */
const lowest = "-1e30f"

/**
 * FlashAttention-2 (Dao 2023, algorithm 1): a workgroup has a block of queries of one head and
 * loops over the keys, rescaling the softmax whenever a row finds a larger score. The tile fixes
 * the order of sums.
 */
export function printFlashForward(kernel: OpaqueKernel, tile: FlashTile, source: Source): Shader {
  const extents = extentsOf(kernel)
  const { rows, columns, headSize, heads } = extents
  const steps = new Steps(source, tile, extents)
  const [q, k, v] = kernel.operands.map((operand, i) =>
    headOf(source, "qkv"[i], operand, i === 0 ? rows : columns, headSize),
  )
  const [output, logSumExp] = kernel.results
  resultOf(source, "o", output, kernel.node.outputs[0])
  const scale = `${Math.fround(kernel.node.attrs.scale as number)}f`
  const ofRows = (each: (i: number) => string) => `vec4<f32>(${[0, 1, 2, 3].map(each).join(", ")})`
  const sumAt = (i: number) => `(batch * ${heads}u + head) * ${rows}u + ${steps.rowAt(i)}`
  const body = `${steps.place()}
var most = vec4<f32>(${lowest});
var total = vec4<f32>();
${steps.declareSums("o")}
${steps.walk(`${steps.scores("s", q, k)}
${eachRow((i) => `  s_${i} *= ${scale};`)}
${steps.hasEnd ? masked(steps) : ""}
  var top = ${ofRows((i) => `max(max(s_${i}.x, s_${i}.y), max(s_${i}.z, s_${i}.w))`)};
${steps.across("top", (a, b) => `max(${a}, ${b})`)}
  top = max(top, most);
  let fade = exp(most - top);
  most = top;
${eachRow((i) => `  s_${i} = exp(s_${i} - top[${i}]);`)}
  total = fade * total + ${ofRows((i) => `dot(s_${i}, vec4<f32>(1.0))`)};
${steps.keep((i) => `s_${i}`)}
${steps.eachSum("o", (sum, i) => `  ${sum} *= fade[${i}];`)}
${steps.gather("o", v)}`)}
${steps.across("total", (a, b) => `${a} + ${b}`)}
${steps.eachSum("o", (sum, i, d) => `o_put(${steps.rowAt(i)}, ${d}, ${sum} / total[${i}]);`)}
if (tx == 0u) {
  let sums = most + log(total);
${eachRow(
  (i) => `  if (${steps.rowAt(i)} < ${rows}u) {
    ${source.memory.put(logSumExp.tensor, sumAt(i), `sums[${i}]`)}
  }`,
)}
}`
  return steps.launch("attention", body)
}

const masked = (steps: Steps): string => `  ${steps.existing()}
${eachRow((i) => `  s_${i} = select(vec4<f32>(${lowest}), s_${i}, exists);`)}`
