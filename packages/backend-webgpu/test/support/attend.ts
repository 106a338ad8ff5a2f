/** Sizes of an attention op. */
export interface Sizes {
  readonly batch: number
  readonly heads: number
  readonly queries: number
  readonly keys: number
  readonly size: number
}

/** Element d of a token of a head. */
export type Elements = (batch: number, head: number, token: number, d: number) => number

export interface Attention {
  readonly q: Elements
  readonly k: Elements
  readonly v: Elements
  /** The output's cotangent. */
  readonly g: Elements
  readonly scale: number
}

/**
 * Attention and its gradients in double precision, by definition. Results are [batch, tokens,
 * heads, size], statistics [batch, heads, queries].
 */
export function attend(sizes: Sizes, { q, k, v, g, scale }: Attention) {
  const { batch, heads, queries, keys, size } = sizes
  const perQuery = () => new Float64Array(batch * queries * heads * size)
  const perKey = () => new Float64Array(batch * keys * heads * size)
  const statistic = () => new Float64Array(batch * heads * queries)
  const found = {
    o: perQuery(),
    logSumExp: statistic(),
    delta: statistic(),
    dQ: perQuery(),
    dK: perKey(),
    dV: perKey(),
  }
  const at = (b: number, h: number, n: number, d: number, tokens: number) =>
    ((b * tokens + n) * heads + h) * size + d
  const range = (n: number) => Array.from({ length: n }, (_, i) => i)
  const sum = (n: number, term: (i: number) => number) =>
    range(n).reduce((total, i) => total + term(i), 0)
  for (const b of range(batch)) {
    for (const h of range(heads)) {
      for (const n of range(queries)) {
        const scores = range(keys).map(
          (m) => scale * sum(size, (d) => q(b, h, n, d) * k(b, h, m, d)),
        )
        const most = Math.max(...scores)
        const logSumExp = most + Math.log(sum(keys, (m) => Math.exp(scores[m] - most)))
        const p = scores.map((s) => Math.exp(s - logSumExp))
        const dP = range(keys).map((m) => sum(size, (d) => g(b, h, n, d) * v(b, h, m, d)))
        const delta = sum(keys, (m) => p[m] * dP[m])
        found.logSumExp[(b * heads + h) * queries + n] = logSumExp
        found.delta[(b * heads + h) * queries + n] = delta
        for (const m of range(keys)) {
          const dScore = scale * p[m] * (dP[m] - delta)
          for (const d of range(size)) {
            found.o[at(b, h, n, d, queries)] += p[m] * v(b, h, m, d)
            found.dQ[at(b, h, n, d, queries)] += dScore * k(b, h, m, d)
            found.dK[at(b, h, m, d, keys)] += dScore * q(b, h, n, d)
            found.dV[at(b, h, m, d, keys)] += p[m] * g(b, h, n, d)
          }
        }
      }
    }
  }
  return found
}
