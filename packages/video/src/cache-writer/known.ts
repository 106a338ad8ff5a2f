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
import type { CacheOptions } from "./options.js"

/** Writes cache.json, with the total of `clips` and those that earlier calls processed. */
export async function describe(
  { out, source }: CacheOptions,
  settings: CacheSettings,
  clips: readonly ClipName[],
): Promise<void> {
  const processed = processedClips((await readIndex(out)).lines, settings.clipsPerVideo)
  const total = new Set([...processed, ...clips.map(clipKey)]).size
  const description: CacheDescription = {
    ...settings,
    total,
    ...(source !== undefined && { source: resolve(source) }),
  }
  if (JSON.stringify(await readDescription(out)) === JSON.stringify(description)) return
  const made = await makeFolder(out)
  try {
    await writeText(descriptionFile(out), `${JSON.stringify(description, null, 2)}\n`)
  } finally {
    await removeFolders(made) // Removes only empty folders, left if nothing could be written.
  }
}

/** The clips that need no decoding: undamaged ones, and those that a short video does not have. */
export async function knownClips(
  { out, signal, onCheck }: CacheOptions,
  settings: CacheSettings,
): Promise<{ readonly stored: number; has(name: ClipName): boolean }> {
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
  }
}
