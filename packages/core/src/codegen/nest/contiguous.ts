import {
  type Atom,
  boundsOf,
  expressionsOf,
  type LoopNest,
  loadsOf,
  type Position,
} from "../../schedule/index.js"

/** How far a position usually moves when a variable grows by one. */
function stride({ terms }: Position, name: string): number {
  const ofAtom = (atom: Atom): number => {
    if (atom.kind === "variable") return Number(atom.name === name)
    if (atom.kind === "loaded") return 0
    const below = stride(atom.of, name)
    return atom.kind === "remainder" ? below % atom.by : Math.trunc(below / atom.by)
  }
  return terms.reduce((sum, { factor, atom }) => sum + factor * ofAtom(atom), 0)
}

/** Whether the larger reads of a nest are contiguous along `o` rather than `r`. */
export function readsAlongOuter(nest: LoopNest): boolean {
  let balance = 0
  for (const { at } of loadsOf(expressionsOf(nest))) {
    const extent = boundsOf(at)[1] - boundsOf(at)[0] + 1
    if (stride(at, "r") === 1) balance -= extent
    else if (stride(at, "o") === 1 && stride(at, "r") !== 0) balance += extent
  }
  return balance > 0
}
