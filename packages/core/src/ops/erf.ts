/**
 * The error function in double precision, from the series erf(x) = 2/sqrt(pi) exp(-x^2) sum of 2^n
 * x^(2n+1) / (1 3 5 ... (2n+1)): slow, but all terms are positive, so nothing cancels.
 */
export function erf(x: number): number {
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  let term = a
  let total = a
  for (let n = 1; term > total * 1e-17; n++) {
    term *= (2 * a * a) / (2 * n + 1)
    total += term
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * total
}
