import { TubeletError } from "@tubelet/core"

/** Where a model is in a file. */
export interface Place {
  /** Keys that lead to its state dict: `["model"]`, `["module"]`, or none. */
  readonly container: readonly string[]
  /** Prefix of its tensor names: `""`, `"net.model."`. */
  readonly prefix: string
}

/** The chosen place, and keys that select the file's other models. */
export interface Choice<P extends Place> {
  readonly place: P
  readonly alternatives: readonly string[]
}

const segments = ({ container, prefix }: Place): string[] => [
  ...container,
  ...prefix.split(".").slice(0, -1),
]

/** Keys under which scripts save the trained model, in the order loaders try them. */
const usual = ["model", "module", "state_dict", "model_state_dict", "net", "network"]

/**
 * Chooses a model in a file: the one that `key` names, or the only one, or the one under a usual
 * key.
 *
 * @throws TubeletError listing the keys if that is ambiguous.
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
  const many = `${file} contains ${places.length} models`
  const what = key === undefined ? many : `${many}, none of them "${key.slice(0, 80)}"`
  const advice = keys.every((k) => k === "")
    ? "omit the checkpoint key"
    : `choose one of these as the checkpoint key: ${keys.filter((k) => k !== "").join(", ")}`
  throw new TubeletError(
    places.length === 1 ? `${file} does not contain "${key?.slice(0, 80)}"` : what,
    advice,
  )
}

/** The shortest unambiguous key of each place. */
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
  // After the usual keys comes the model without a further key or prefix.
  const ranks = all.map((own) => {
    if (own.length === shared) return usual.length
    const rank = usual.indexOf(own[shared])
    return rank < 0 ? usual.length + 1 : rank
  })
  const best = Math.min(...ranks)
  const first = ranks.indexOf(best)
  return best <= usual.length && first === ranks.lastIndexOf(best) ? first : undefined
}
