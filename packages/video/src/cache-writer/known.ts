import { resolve } from "node:path"
import { setImmediate } from "node:timers/promises"
import { makeFolder, removeFolders, writeText } from "@tubelet/core/files"
import {
  type CacheDescription,
  type CacheSettings,
  type ClipName,
  clipKey,
  descriptionFile,
  isStored,
  readDescription,
  readIndex,
  type StoredClip,
  videoKey,
} from "../cache/format.js"
import { cachedItem, closeShards, isWhole } from "../cache/read.js"
import { processedClips } from "../cache/unfinished.js"
import { type CacheOptions, classesOf } from "./options.js"

/** Writes cache.json, with the total of `clips` and those that earlier calls processed. */
export async function describe(
  options: CacheOptions,
  settings: CacheSettings,
  clips: readonly ClipName[],
): Promise<void> {
  const { out, source } = options
  const before = await readDescription(out)
  const classes = classesOf(options, before)
  const processed = processedClips((await readIndex(out)).lines, settings.clipsPerVideo)
  const total = new Set([...processed, ...clips.map(clipKey)]).size
  const description: CacheDescription = {
    ...settings,
    total,
    ...(source !== undefined && { source: resolve(source) }),
    ...(classes.length > 0 && { classes }),
  }
  if (JSON.stringify(before) === JSON.stringify(description)) return
  const made = await makeFolder(out)
  try {
    await writeText(descriptionFile(out), `${JSON.stringify(description, null, 2)}\n`)
  } finally {
    await removeFolders(made) // Removes only empty folders, left if nothing could be written.
  }
}

interface KnownClips {
  readonly stored: number
  has(name: ClipName): boolean
  /** The index's line for an undamaged clip. */
  lineOf(name: ClipName): StoredClip | undefined
}

/** The clips that need no decoding: undamaged ones, and those that a short video does not have. */
export async function knownClips(
  { out, signal, onCheck }: CacheOptions,
  settings: CacheSettings,
): Promise<KnownClips> {
  const counts = new Map<string, number>()
  const stored = new Map<string, StoredClip>()
  for (const line of (await readIndex(out)).lines.filter(isStored)) {
    counts.set(videoKey(line), line.of)
    stored.set(clipKey(line), line)
  }
  const whole = new Set<string>()
  let checked = 0
  for (const [key, line] of stored) {
    if (signal?.aborted) break
    if (isWhole(cachedItem(out, settings, line))) whole.add(key)
    checked++
    onCheck?.(checked, stored.size)
    // Lets signals and a progress bar through.
    await setImmediate()
  }
  closeShards()
  return {
    // Clips not checked yet are still there.
    stored: stored.size - checked + whole.size,
    has: (name) =>
      whole.has(clipKey(name)) ||
      name.clip >= (counts.get(videoKey(name)) ?? Number.POSITIVE_INFINITY),
    lineOf: (name) => (whole.has(clipKey(name)) ? stored.get(clipKey(name)) : undefined),
  }
}
