import type { Expression } from "./expression.js"

/** A loop variable from 0 to extent - 1. */
export interface Variable {
  readonly kind: "variable"
  readonly name: string
  readonly extent: number
}

/** The quotient of a position and a number. */
interface Quotient {
  readonly kind: "quotient"
  readonly of: Position
  readonly by: number
}

/** The remainder of that division. */
interface Remainder {
  readonly kind: "remainder"
  readonly of: Position
  readonly by: number
}

/** A position read from memory, as in a gather; less than `extent`. */
interface Loaded {
  readonly kind: "loaded"
  readonly value: Expression
  readonly extent: number
}

/** What positions consist of: variables, their quotients and remainders, and loaded values. */
export type Atom = Variable | Quotient | Remainder | Loaded

/** A multiple of an atom. */
export interface Term {
  readonly factor: number
  readonly atom: Atom
}

/**
 * The position of an element: offset + the sum of factor * atom. This is a normal form: equal
 * positions have equal keys, and contiguity along a variable is visible.
 */
export interface Position {
  readonly offset: number
  readonly terms: readonly Term[]
  /** Equal for equal positions. */
  readonly key: string
}

const atomKey = (atom: Atom): string => {
  if (atom.kind === "variable") return atom.name
  if (atom.kind === "loaded") return `[${atom.value.key}]`
  return `(${atom.of.key})${atom.kind === "quotient" ? "/" : "%"}${atom.by}`
}

function position(offset: number, terms: readonly Term[]): Position {
  const keyed = terms.map((t) => [`${t.factor}*${atomKey(t.atom)}`, t] as const)
  keyed.sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = keyed.map(([key]) => key)
  const key = [...parts, ...(offset !== 0 || parts.length === 0 ? [`${offset}`] : [])].join("+")
  return { offset, terms: keyed.map(([, t]) => t), key }
}

/** A constant position. */
export const at = (offset: number): Position => position(offset, [])

/** The position given by a variable; 0 if it has only one value. */
export const along = (name: string, extent: number): Position =>
  extent === 1 ? at(0) : position(0, [{ factor: 1, atom: { kind: "variable", name, extent } }])

/** The position given by a value in memory. */
export const loaded = (value: Expression, extent: number): Position =>
  position(0, [{ factor: 1, atom: { kind: "loaded", value, extent } }])

/** x + y */
export function plus(x: Position, y: Position): Position {
  const byAtom = new Map<string, Term>()
  for (const { factor, atom } of [...x.terms, ...y.terms]) {
    const key = atomKey(atom)
    const sum = factor + (byAtom.get(key)?.factor ?? 0)
    if (sum === 0) byAtom.delete(key)
    else byAtom.set(key, { factor: sum, atom })
  }
  return rejoined(position(x.offset + y.offset, [...byAtom.values()]))
}

/** x * factor */
export const times = (x: Position, factor: number): Position =>
  factor === 0
    ? at(0)
    : position(
        x.offset * factor,
        x.terms.map((t) => ({ factor: t.factor * factor, atom: t.atom })),
      )

/** f by (x / by) + f (x % by) is f x: undoes the splitting of an axis. */
function rejoined(x: Position): Position {
  for (const rest of x.terms) {
    if (rest.atom.kind !== "remainder") continue
    const { of, by } = rest.atom
    const whole = over(of, by)
    if (whole.terms.length !== 1 || whole.offset !== 0 || whole.terms[0].factor !== 1) continue
    const key = atomKey(whole.terms[0].atom)
    const match = x.terms.find((t) => t.factor === rest.factor * by && atomKey(t.atom) === key)
    if (match === undefined) continue
    const others = x.terms.filter((t) => t !== rest && t !== match)
    return plus(position(x.offset, others), times(of, rest.factor))
  }
  return x
}

/** The smallest and the largest value. */
export function boundsOf({ offset, terms }: Position): readonly [number, number] {
  let [low, high] = [offset, offset]
  for (const { factor, atom } of terms) {
    const [a, b] = atomBounds(atom)
    low += Math.min(factor * a, factor * b)
    high += Math.max(factor * a, factor * b)
  }
  return [low, high]
}

function atomBounds(atom: Atom): readonly [number, number] {
  if (atom.kind === "variable" || atom.kind === "loaded") return [0, atom.extent - 1]
  if (atom.kind === "remainder") return [0, atom.by - 1]
  const [low, high] = boundsOf(atom.of)
  return [Math.floor(low / atom.by), Math.floor(high / atom.by)]
}

const within = (x: Position, bound: number): boolean => {
  const [low, high] = boundsOf(x)
  return 0 <= low && high < bound
}

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b))
const modulo = (x: number, by: number): number => x - by * Math.floor(x / by)

/** x as g * big + small, with 0 <= small < g, for some g that divides `by`. */
function coarse(
  x: Position,
  by: number,
): { g: number; big: Position; small: Position } | undefined {
  const candidates = new Set(x.terms.map((t) => gcd(t.factor, by)).filter((g) => g > 1))
  for (const g of [...candidates].sort((a, b) => b - a)) {
    const small = position(
      modulo(x.offset, g),
      x.terms.filter((t) => t.factor % g !== 0),
    )
    if (!within(small, g)) continue
    const big = x.terms.filter((t) => t.factor % g === 0)
    const scaled = big.map((t) => ({ factor: t.factor / g, atom: t.atom }))
    return { g, big: position((x.offset - small.offset) / g, scaled), small }
  }
  return undefined
}

/** The quotient x / by, rounded down. */
export function over(x: Position, by: number): Position {
  if (by === 1) return x
  const split = coarse(x, by)
  if (split) return over(split.big, by / split.g)
  const whole = x.terms.filter((t) => t.factor % by === 0)
  const rest = position(
    modulo(x.offset, by),
    x.terms.filter((t) => t.factor % by !== 0),
  )
  const multiple = position(
    (x.offset - rest.offset) / by,
    whole.map((t) => ({ factor: t.factor / by, atom: t.atom })),
  )
  if (within(rest, by)) return multiple
  return plus(multiple, position(0, [{ factor: 1, atom: quotient(rest, by) }]))
}

/** (x / a) / b is x / (a b). */
function quotient(of: Position, by: number): Atom {
  const [term] = of.terms
  const nested = of.offset === 0 && of.terms.length === 1 && term.factor === 1
  if (nested && term.atom.kind === "quotient") {
    return { kind: "quotient", of: term.atom.of, by: term.atom.by * by }
  }
  return { kind: "quotient", of, by }
}

/** The remainder of x / by. */
export function modulus(x: Position, by: number): Position {
  if (by === 1) return at(0)
  const rest = position(
    modulo(x.offset, by),
    x.terms.filter((t) => t.factor % by !== 0),
  )
  if (within(rest, by)) return rest
  const split = coarse(rest, by)
  if (split) return plus(times(modulus(split.big, by / split.g), split.g), split.small)
  return position(0, [{ factor: 1, atom: { kind: "remainder", of: rest, by } }])
}

/** x with every variable substituted, including inside loaded values. */
export function substitute(
  x: Position,
  become: (variable: Variable) => Position | undefined,
  inExpression: (value: Expression) => Expression,
): Position {
  const again = (p: Position) => substitute(p, become, inExpression)
  return x.terms.reduce((sum, { factor, atom }) => {
    const replaced =
      atom.kind === "variable"
        ? (become(atom) ?? position(0, [{ factor: 1, atom }]))
        : atom.kind === "loaded"
          ? loaded(inExpression(atom.value), atom.extent)
          : atom.kind === "quotient"
            ? over(again(atom.of), atom.by)
            : modulus(again(atom.of), atom.by)
    return plus(sum, times(replaced, factor))
  }, at(x.offset))
}

/** Row-major strides of a shape. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * shape[i + 1]
  return strides
}

/** The flat position of coordinates in row-major order. */
export const ravel = (coordinates: readonly Position[], shape: readonly number[]): Position => {
  const strides = stridesOf(shape)
  return coordinates.reduce((sum, c, i) => plus(sum, times(c, strides[i])), at(0))
}

/** The position of an element of a matmul, in the variables `b`, `i` and `j`. */
export const flatInProducts = (batch: number, m: number, n: number): Position =>
  ravel([along("b", batch), along("i", m), along("j", n)], [batch, m, n])

/** The position of an element of a nest, in the variables `o` and `r`. */
export const flatInRows = (outer: number, inner: number): Position =>
  plus(times(along("o", outer), inner), along("r", inner))

/** The coordinates of a flat position in row-major order. */
export const unravel = (flat: Position, shape: readonly number[]): Position[] => {
  const strides = stridesOf(shape)
  return shape.map((d, i) => {
    const above = over(flat, strides[i])
    return i === 0 ? above : modulus(above, d)
  })
}
