import type { Calls, Width } from "@tubelet/core/codegen"

/**
 * Functions that WGSL lacks or leaves inexact: its `exp` may be off by 3 + 2 |x| ulps, `log` by
 * 2^-21, `sin` by 2^-11, and `tanh` may overflow. Each is a range reduction and a polynomial. The
 * polynomials are our own minimax fits: least squares at 2000 Chebyshev points in double precision,
 * reweighted by the error until it is level (Lawson), then rounded to f32 and written with as few
 * digits as that needs.
 *
 * Bodies use `F`, f32 or vec4<f32>, and `I`, `U`, the integers of that width. `N_` before a name
 * calls another function at the same width.
 */
interface Row {
  readonly inputs: string
  readonly body: string
  /** The functions that the body calls. */
  readonly calls?: readonly string[]
}

/** c0 + x (c1 + x (c2 + ...)) */
const polynomial = (x: string, [first, ...rest]: readonly number[]): string =>
  rest.length === 0 ? `${first}f` : `(${first}f + ${x} * ${polynomial(x, rest)})`

/** (exp(r) - 1 - r) / r^2 on |r| <= ln(2) / 2: to 5e-9 of exp. */
const expTail = [0.49999994, 0.1666652, 0.041668396, 0.008368797, 0.0013814433]

/** (log(1 + f) - f + f^2 / 2) / f^3 on [sqrt(1/2) - 1, sqrt(2) - 1]: to 4e-9 of log. */
const logTail = [
  0.33333313, -0.2500001, 0.20002119, -0.16667996, 0.14219552, -0.12405589, 0.11888162, -0.11675652,
  0.06746641,
]

/** erf(x) / x - 1 by x^2 on |x| <= 1: to 3e-9 of erf. */
const erfCore = [
  0.12837917, -0.37612626, 0.112835854, -0.026853813, 0.0051883287, -0.0008010201, 0.00007853884,
]

/** log(erfc(x) / t) + x^2 by t = 1 / (1 + x / 2) on 1 <= x <= 9: to 2e-8. */
const erfcTail = [
  -1.2654903, 0.9995107, 0.37943462, 0.06334239, -0.04678221, -0.11693845, -0.38909099, 0.6035939,
  -0.22871616,
]

/** (tanh(x) / x - 1) / x^2 by x^2 on |x| <= 0.625: to 9e-9 of tanh. */
const tanhCore = [-0.3333328, 0.13331442, -0.053739715, 0.020639088, -0.0057049873]

/** (sin(r) / r - 1) / r^2 and (cos(r) - 1 + r^2 / 2) / r^4 by r^2 on |r| <= pi / 4: to 5e-9. */
const sinTail = [-0.16666654, 0.0083321, -0.00019506943]
const cosTail = [0.041666646, -0.0013887234, 2.4423625e-5]

const rootHalf = `${Math.fround(Math.SQRT1_2)}f`
const density = `${Math.fround(1 / Math.sqrt(2 * Math.PI))}f`

/** Sine and cosine by quarter turns: x = quarter pi / 2 + r, with pi / 2 in three parts. */
const turned = (shift: string) => `
  let quarter = round(x * ${Math.fround(2 / Math.PI)}f);
  let near = fma(quarter, F(-0.0004837513f), fma(quarter, F(-1.5703125f), x));
  let r = fma(quarter, F(-7.54979e-8f), near);
  let s = r * r;
  let sine = r + r * s * ${polynomial("s", sinTail)};
  let cosine = 1f - 0.5f * s + s * s * ${polynomial("s", cosTail)};
  let turn = I(quarter)${shift};
  let size = select(sine, cosine, (turn & I(1)) == I(1));
  return select(size, -size, (turn & I(2)) == I(2));`

const rows: Record<string, Row> = {
  exp: {
    inputs: "x: F",
    // ln(2) in two parts, the first short, so that its product is exact. 2^n in two factors, since
    // n may be 128. NaN must propagate: a clamp would turn it into a bound.
    body: `
  let limited = select(select(x, F(-105f), x < F(-105f)), F(90f), x > F(90f));
  let n = round(limited * ${Math.fround(Math.LOG2E)}f);
  let r = fma(n, F(-0.0000014286068f), fma(n, F(-0.69314575f), limited));
  let p = 1f + (r + r * r * ${polynomial("r", expTail)});
  let half = I(n) / 2;
  let low = bitcast<F>((half + 127) << U(23u));
  let high = bitcast<F>((I(n) - half + 127) << U(23u));
  return p * low * high;`,
  },
  log: {
    inputs: "x: F",
    // Subnormal x is scaled up first. At 0, below it and at infinity, a square root gives the right
    // result.
    body: `
  let tiny = x < F(1.1754944e-38f);
  let bits = bitcast<I>(select(x, x * 16777216f, tiny)) - 0x3f3504f3;
  let n = F(bits >> U(23u)) - select(F(0f), F(24f), tiny);
  let f = bitcast<F>((bits & I(0x7fffff)) + 0x3f3504f3) - 1f;
  let tail = f * f * (f * ${polynomial("f", logTail)} - 0.5f);
  let whole = fma(n, F(0.69314575f), f + fma(n, F(0.0000014286068f), tail));
  let root = sqrt(x);
  return select(root - 1f / root, whole, (x > F(0f)) & (x < F(3.4028234663852886e38f)));`,
  },
  erfcTail: {
    inputs: "x: F",
    body: `
  let t = 1f / (1f + 0.5f * x);
  return t * N_exp(${polynomial("t", erfcTail)} - x * x);`,
    calls: ["exp"],
  },
  erf: {
    inputs: "x: F",
    body: `
  let s = x * x;
  let tail = 1f - N_erfcTail(select(abs(x), F(9f), abs(x) > F(9f)));
  return select(sign(x) * tail, x + x * ${polynomial("s", erfCore)}, s < F(1f));`,
    calls: ["erfcTail"],
  },
  /** The standard normal CDF, accurate in the lower tail too. */
  normal: {
    inputs: "x: F",
    body: `
  let u = x * ${rootHalf};
  let s = u * u;
  let tail = 0.5f * N_erfcTail(min(abs(u), F(9f)));
  let core = 0.5f + 0.5f * (u + u * ${polynomial("s", erfCore)});
  return select(select(tail, 1f - tail, x > F(0f)), core, s < F(1f));`,
    calls: ["erfcTail"],
  },
  gelu: { inputs: "x: F", body: "return x * N_normal(x);", calls: ["normal"] },
  geluGradient: {
    inputs: "x: F, g: F",
    body: `return g * (N_normal(x) + x * ${density} * N_exp(-0.5f * x * x));`,
    calls: ["normal", "exp"],
  },
  tanh: {
    inputs: "x: F",
    body: `
  let s = x * x;
  let limited = select(abs(x), F(10f), abs(x) > F(10f));
  let tail = 1f - 2f / (1f + N_exp(2f * limited));
  return select(sign(x) * tail, x + x * s * ${polynomial("s", tanhCore)}, abs(x) < F(0.625f));`,
    calls: ["exp"],
  },
  sigmoid: {
    inputs: "x: F",
    body: `
  let e = N_exp(-abs(x));
  return select(e, F(1f), x >= F(0f)) / (1f + e);`,
    calls: ["exp"],
  },
  sin: { inputs: "x: F", body: turned("") },
  cos: { inputs: "x: F", body: turned(" + 1") },
}

/** Whether an op is one of these functions. */
export const isMath = (op: string): boolean => op in rows

const nameOf = (op: string, width: Width) => `${op}_f32${width === 1 ? "" : "x4"}`

/** The function at a width, after the functions it calls. */
function functionsOf(op: string, width: Width): (readonly [string, string])[] {
  const { inputs, body, calls = [] } = rows[op]
  const name = nameOf(op, width)
  const code = `fn ${name}(${inputs}) -> F {${body}\n}`
    .replaceAll(/N_(\w+)/g, (_, callee) => nameOf(callee, width))
    .replaceAll(/\bF\b/g, width === 1 ? "f32" : "vec4<f32>")
    .replaceAll(/\bI\b/g, width === 1 ? "i32" : "vec4<i32>")
    .replaceAll(/\bU\b/g, width === 1 ? "u32" : "vec4<u32>")
  return [...calls.flatMap((callee) => functionsOf(callee, width)), [name, code]]
}

/** A call of the function at a width; adds its dependencies to the shader. */
export function callMath(calls: Calls, op: string, args: readonly string[], width: Width): string {
  calls.call(functionsOf(op, width))
  return `${nameOf(op, width)}(${args.join(", ")})`
}
