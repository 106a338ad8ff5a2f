/**
 * The effective rank of features [clips, D] (RankMe, Garrido et al. 2023): exp of the entropy of
 * the normalised singular values. From 1, where all clips have the same direction, up to the
 * smaller of clips and D.
 */
export function effectiveRank(features: readonly Float32Array[]): number {
  const singular = eigenvalues(gram(features)).map((value) => Math.sqrt(Math.max(value, 0)))
  const sum = singular.reduce((a, b) => a + b, 0)
  if (!(sum > 0)) return sum // No features, or only zeros; NaN stays NaN.
  const entropy = singular.reduce((total, value) => {
    const p = value / sum
    return p > 0 ? total - p * Math.log(p) : total
  }, 0)
  return Math.exp(entropy)
}

/** The products of the rows, or of the columns if they are fewer: same eigenvalues but zeros. */
function gram(rows: readonly Float32Array[]): Float64Array[] {
  const width = rows[0]?.length ?? 0
  const vectors =
    rows.length <= width
      ? rows
      : Array.from({ length: width }, (_, j) => Float32Array.from(rows, (row) => row[j]))
  const products = vectors.map(() => new Float64Array(vectors.length))
  vectors.forEach((a, i) => {
    for (let j = 0; j <= i; j++) {
      const b = vectors[j]
      let dot = 0
      for (let k = 0; k < a.length; k++) dot += a[k] * b[k]
      products[i][j] = dot
      products[j][i] = dot
    }
  })
  return products
}

/** The eigenvalues of a symmetric matrix, which is overwritten: Jacobi's method, row by row. */
function eigenvalues(a: readonly Float64Array[]): number[] {
  const size = a.length
  const scale = a.reduce((sum, row, i) => sum + row[i], 0)
  let largest = Number.POSITIVE_INFINITY
  // Sweeps converge quadratically: ten are plenty for thousands of rows.
  for (let sweep = 0; sweep < 30 && largest > 1e-12 * scale; sweep++) {
    largest = 0
    for (let p = 1; p < size; p++) {
      for (let q = 0; q < p; q++) {
        largest = Math.max(largest, Math.abs(a[p][q]))
        rotate(a, p, q)
      }
    }
  }
  return a.map((row, i) => row[i])
}

/** Rotates rows and columns `p` and `q` so that the element between them is 0. */
function rotate(a: readonly Float64Array[], p: number, q: number): void {
  const between = a[p][q]
  if (between === 0) return
  const theta = (a[q][q] - a[p][p]) / (2 * between)
  const tangent = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1))
  const cosine = 1 / Math.hypot(tangent, 1)
  const sine = tangent * cosine
  const [rowP, rowQ] = [a[p], a[q]]
  const [diagonalP, diagonalQ] = [rowP[p], rowQ[q]]
  for (let k = 0; k < a.length; k++) {
    if (k === p || k === q) continue
    const [x, y] = [rowP[k], rowQ[k]]
    rowP[k] = a[k][p] = cosine * x - sine * y
    rowQ[k] = a[k][q] = sine * x + cosine * y
  }
  rowP[p] = diagonalP - tangent * between
  rowQ[q] = diagonalQ + tangent * between
  rowP[q] = rowQ[p] = 0
}
