import { relative } from "node:path"
import { shellWord } from "@tubelet/core/text"
import {
  type CacheDescription,
  clipKey,
  defaultSettings,
  type IndexLine,
  isStored,
  videoKey,
} from "./format.js"

/** The clips that a writer has seen to: stored, unreadable, or of a video that has fewer. */
export function seenTo(lines: readonly IndexLine[], clipsPerVideo: number): Set<string> {
  const seen = new Set(lines.map(clipKey))
  const videos = new Map(lines.filter(isStored).map((line) => [videoKey(line), line]))
  for (const line of videos.values()) {
    for (let clip = line.of; clip < clipsPerVideo; clip++) seen.add(clipKey({ ...line, clip }))
  }
  return seen
}

/** What to say of a cache that was not written to its end; nothing where it was, or is old. */
export function unfinished(
  folder: string,
  cache: CacheDescription,
  lines: readonly IndexLine[],
): string | undefined {
  const { total } = cache
  if (total === undefined) return undefined
  const seen = seenTo(lines, cache.clipsPerVideo).size
  if (seen >= total) return undefined
  const stored = new Set(lines.filter(isStored).map(clipKey)).size
  const counts = `${stored} of ${total - (seen - stored)} clips`
  return `${shown(folder)} is unfinished, with ${counts}; ${adviceFor(folder, cache)}`
}

function adviceFor(folder: string, cache: CacheDescription): string {
  if (cache.source === undefined) return "writeCache with the same items makes the others"
  const words = [
    "npx",
    "tubelet",
    "cache",
    shown(cache.source),
    "--out",
    shown(folder),
    ...flags(cache),
  ]
  return `make the others with: ${words.join(" ")}`
}

const flagNames = {
  frames: "--frames",
  stride: "--stride",
  shortSide: "--short-side",
  clipsPerVideo: "--clips-per-video",
} as const

/** Flags of `tubelet cache` for what is not its default. */
const flags = (cache: CacheDescription): string[] =>
  (Object.keys(flagNames) as (keyof typeof flagNames)[])
    .filter((name) => cache[name] !== defaultSettings[name])
    .flatMap((name) => [flagNames[name], String(cache[name])])

/** A path as one types it here. */
function shown(path: string): string {
  const here = relative(process.cwd(), path) || "."
  const short = here.startsWith("..") ? path : here
  return shellWord(short)
}
