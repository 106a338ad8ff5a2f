import { TubeletError } from "@tubelet/core"

/** Where a model lies in a file. */
export interface Place {
  /** The keys that lead to its state dict: `["model"]`, `["module"]`, or none. */
  readonly container: readonly string[]
  /** What stands before its names there: `""`, `"net.model."`. */
  readonly prefix: string
}

/** A place, and the keys that would give the file's other models. */
export interface Choice<P extends Place> {
  readonly place: P
  readonly alternatives: readonly string[]
}

const segments = ({ container, prefix }: Place): string[] => [
  ...container,
  ...prefix.split(".").slice(0, -1),
]

/** Keys of the model that was trained, as loaders look for them, the first before the others. */
const usual = ["model", "module", "state_dict", "model_state_dict", "net", "network"]

/**
 * Which of a file's models is meant: the one that `key` names, or the only one, or the one under
 * the usual key. Throws where that does not decide, and names the keys.
 */
export function choose<P extends Place>(
  places: readonly P[],
  key: string | undefined,
  file: string,
): Choice<P> {
  const keys = keysOf(places)
  const found = key === undefined ? usualPlace(places) : named(places, keys, key)
  if (found !== undefined) {
    return { place: places[found]!, alternatives: keys.filter((_, i) => i !== found) }
  }
  const held = `${file} holds ${places.length} models`
  const what = key === undefined ? held : `${held}, none of them "${key.slice(0, 80)}"`
  const advice = keys.every((k) => k === "")
    ? "leave the checkpoint key out"
    : `choose one as the checkpoint key: ${keys.filter((k) => k !== "").join(", ")}`
  throw new TubeletError(
    places.length === 1 ? `${file} holds no "${key?.slice(0, 80)}"` : what,
    advice,
  )
}

/** The shortest key that means a place and no other. */
function keysOf(places: readonly Place[]): string[] {
  const all = places.map(segments)
  return all.map((own, i) => {
    const apart = own.find((s) => all.every((other, j) => j === i || !other.includes(s)))
    return apart ?? own.join(".")
  })
}

function named(places: readonly Place[], keys: readonly string[], key: string): number | undefined {
  const paths = places.map((place) => segments(place).join("."))
  const exact = [paths, keys].map((names) => names.indexOf(key)).find((i) => i >= 0)
  if (exact !== undefined) return exact
  const holding = paths.flatMap((path, i) => (`.${path}.`.includes(`.${key}.`) ? [i] : []))
  const found = usualPlace(holding.map((i) => places[i]))
  return found === undefined ? undefined : holding[found]
}

function usualPlace(places: readonly Place[]): number | undefined {
  const all = places.map(segments)
  if (all.length < 2) return all.length === 1 ? 0 : undefined
  let shared = 0
  while (all.every((s) => s.length > shared && s[shared] === all[0][shared])) {
    shared++
  }
  // Next comes what has nothing more in front of it: the file's own model.
  const ranks = all.map((own) => {
    if (own.length === shared) return usual.length
    const rank = usual.indexOf(own[shared])
    return rank < 0 ? usual.length + 1 : rank
  })
  const best = Math.min(...ranks)
  const first = ranks.indexOf(best)
  return best <= usual.length && first === ranks.lastIndexOf(best) ? first : undefined
}
