export const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length

/** Student's t at 97.5 % by the number of values. */
const quantiles = { 2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776 }

/** The mean and the 95 % t interval's half width; undefined for a single value. */
export function tInterval(values) {
  const centre = mean(values)
  if (values.length < 2) return { mean: centre, half: undefined }
  const variance = values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1)
  return { mean: centre, half: quantiles[values.length] * Math.sqrt(variance / values.length) }
}

/** The exact 95 % interval of a proportion, in percent (Clopper and Pearson 1934). */
export function binomialInterval(percent, n) {
  const k = Math.round((percent * n) / 100)
  const low = k === 0 ? 0 : root((p) => 1 - cumulative(k - 1, n, p) - 0.025)
  const high = k === n ? 1 : root((p) => 0.025 - cumulative(k, n, p))
  return [100 * low, 100 * high]
}

/** Where an increasing function of p in [0, 1] crosses 0. */
function root(f) {
  let [low, high] = [0, 1]
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (f(middle) < 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(X <= k) of a binomial variable. */
function cumulative(k, n, p) {
  let [sum, logTerm] = [0, n * Math.log1p(-p)]
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logTerm)
    logTerm += Math.log((n - i) / (i + 1)) + Math.log(p) - Math.log1p(-p)
  }
  return sum
}
