import { relative } from "node:path"
import {
  type CacheDescription,
  clipKey,
  defaultSettings,
  type IndexLine,
  isStored,
  videoKey,
} from "./format.js"

/** Keys of the clips that a writer processed: stored, unreadable, or beyond a video's last clip. */
export function processedClips(lines: readonly IndexLine[], clipsPerVideo: number): Set<string> {
  const processed = new Set(lines.map(clipKey))
  const videos = new Map(lines.filter(isStored).map((line) => [videoKey(line), line]))
  for (const line of videos.values()) {
    for (let clip = line.of; clip < clipsPerVideo; clip++) processed.add(clipKey({ ...line, clip }))
  }
  return processed
}

/** A notice about a cache that was not written to the end; undefined if it was, or is too old. */
export function unfinished(
  folder: string,
  cache: CacheDescription,
  lines: readonly IndexLine[],
): string | undefined {
  const { total } = cache
  if (total === undefined) return undefined
  const processed = processedClips(lines, cache.clipsPerVideo).size
  if (processed >= total) return undefined
  const stored = new Set(lines.filter(isStored).map(clipKey)).size
  const counts = `${stored} of ${total - (processed - stored)} clips`
  return `${shown(folder)} is unfinished, with ${counts}; to add the rest, ${advice(cache)}`
}

/** What the writer needs to know to resume: the source, and settings other than the defaults. */
function advice(cache: CacheDescription): string {
  const from = cache.source === undefined ? "the same items" : shown(cache.source)
  const names = Object.keys(defaultSettings) as (keyof typeof defaultSettings)[]
  const settings = names
    .filter((name) => cache[name] !== defaultSettings[name])
    .map((name) => `${name} ${cache[name]}`)
  const using = settings.length > 0 ? ` with ${settings.join(", ")}` : ""
  return `write it again from ${from}${using}`
}

/** A path relative to the working directory if it is inside. */
function shown(path: string): string {
  const here = relative(process.cwd(), path) || "."
  return here.startsWith("..") ? path : here
}
