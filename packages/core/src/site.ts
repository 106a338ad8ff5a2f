/**
 * Where a node was created in the user's code. The stack is stored raw and parsed only when an
 * error needs it, so tracing thousands of nodes stays cheap.
 */
export interface Site {
  readonly stack: string
}

let inherited: { readonly site: Site | undefined } | undefined

/** The location of the current call, or the one set by `withSite`. */
export function here(): Site | undefined {
  if (inherited) return inherited.site
  const holder: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 24
  Error.captureStackTrace?.(holder, here)
  Error.stackTraceLimit = limit
  return holder.stack === undefined ? undefined : (holder as Site)
}

/** Nodes created by `body` take this site: that of the node they replace or differentiate. */
export function withSite<T>(site: Site | undefined, body: () => T): T {
  const before = inherited
  inherited = { site }
  try {
    return body()
  } finally {
    inherited = before
  }
}

const ownCode = /[/\\]packages[/\\](core|vit|models|train)[/\\](src|dist)[/\\]|[/\\]@tubelet[/\\]/
const coreCode = /[/\\]core[/\\](src|dist)[/\\]/
const position = /\(?((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^()]*?:\d+:\d+)\)?$/

/** `model.ts:12:5`: the first line outside this project's packages, if any. */
export function describeSite(site: Site | undefined): string {
  const places = (site?.stack ?? "")
    .split("\n")
    .map((line) => position.exec(line.trim())?.[1])
    .filter((place): place is string => place !== undefined && !place.includes("node:internal"))
  const place =
    places.find((p) => !ownCode.test(p)) ?? places.find((p) => !coreCode.test(p)) ?? places[0]
  return place?.replace(/^file:\/\//, "") ?? "(unknown place)"
}
