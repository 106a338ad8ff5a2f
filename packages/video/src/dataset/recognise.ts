import { TubeletError } from "@tubelet/core"
import type { Kind } from "./kind.js"
import { kinds, markedKinds, plainKind } from "./kinds/index.js"
import type { Place } from "./place.js"

/** A kind, and the files of a place that belong to it. */
export interface Recognised {
  readonly kind: Kind
  readonly files: readonly string[]
}

/**
 * Finds the kind of a data set.
 *
 * @throws TubeletError if it is not of the kind that the user named, or of several kinds.
 */
export async function recognise(place: Place, asked: string | Kind = "auto"): Promise<Recognised> {
  if (asked !== "auto") {
    const kind = kindOf(asked)
    const files = await kind.detects(place)
    if (files.length > 0) return { kind, files }
    throw new TubeletError(
      `${nameOf(place)}: is not a data set of kind ${kind.name}`,
      expecting(kind),
    )
  }
  const [found, other] = await markedIn(place)
  if (found && other) {
    throw new TubeletError(
      `${nameOf(place)}: ${found.files[0]} belongs to a data set of kind ${found.kind.name}, ` +
        `but ${other.files[0]} to one of kind ${other.kind.name}`,
      `set the kind to ${found.kind.name} or ${other.kind.name}, or pass the file itself`,
    )
  }
  if (found) return found
  const files = await plainKind.detects(place)
  if (files.length > 0) return { kind: plainKind, files }
  throw new TubeletError(
    `${nameOf(place)}: is not a known kind of data set`,
    "pass a folder, a list of clips or a CSV file with the header path,label",
  )
}

/** The kinds that have files in a place; a file that the user named must be among them. */
export async function markedIn(place: Place): Promise<Recognised[]> {
  const found: Recognised[] = []
  let { files: rest } = place
  for (const kind of markedKinds) {
    const files = await kind.detects({ ...place, files: rest })
    const isAsked = place.only === undefined || files.includes(place.only)
    if (files.length > 0 && isAsked) found.push({ kind, files })
    rest = rest.filter((file) => !files.includes(file))
  }
  return found
}

function kindOf(asked: string | Kind): Kind {
  if (typeof asked !== "string") return asked
  const kind = kinds.find(({ name }) => name === asked)
  if (kind) return kind
  const names = kinds.map(({ name }) => name).join(", ")
  throw new TubeletError(`unknown kind of data set: ${asked}`, `choose one of ${names}`)
}

const nameOf = ({ folder, only }: Place) => (only === undefined ? folder : `${folder}/${only}`)

const expecting = ({ markers }: Kind) => `expected ${markers}`
