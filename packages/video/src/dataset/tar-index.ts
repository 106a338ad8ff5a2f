import { createReadStream, existsSync, statSync } from "node:fs"
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { TubeletError } from "@tubelet/core"
import { writeText } from "@tubelet/core/files"
import { extract } from "tar-stream"
import type { PackedFile } from "../item.js"
import { jsonOf } from "./text-files.js"

/** A file in a tar archive. */
export interface TarEntry {
  readonly name: string
  readonly offset: number
  readonly size: number
  /** The content of a small text. */
  readonly text?: string
}

interface TarIndex {
  readonly format: "tubelet-tar-index"
  /** Of the archive, to notice that it changed. */
  readonly size: number
  readonly modified: number
  readonly entries: readonly TarEntry[]
}

const indexFile = (archive: string) => `${archive}.index.json`
/** Labels and captions are texts; longer ones are not needed. */
const longestText = 65536
const headerBytes = 512
const isText = /\.(cls|json|txt)$/i

/**
 * The files in a tar archive. The first time, reads all of it and writes an index next to it, if
 * the folder is writable.
 */
export async function tarEntries(archive: string): Promise<readonly TarEntry[]> {
  const { size, mtimeMs: modified } = await stat(archive)
  const known = (await jsonOf(indexFile(archive)).catch(() => undefined)) as Partial<TarIndex>
  if (known?.format === format && known.size === size && known.modified === modified)
    return known.entries ?? []
  const entries = await readEntries(archive)
  const index: TarIndex = { format, size, modified, entries }
  await writeText(indexFile(archive), `${JSON.stringify(index)}\n`).catch(() => {})
  return entries
}

const format = "tubelet-tar-index"

/** Clips with their places in archives, for paths such as `shards/a.tar/1.mp4`. */
export async function packedIn<T extends { readonly path: string }>(
  clips: readonly T[],
): Promise<(T & { readonly packed?: PackedFile })[]> {
  const archives = clips.flatMap(({ path }) => archiveIn.exec(path)?.[1] ?? [])
  const places = new Map<string, PackedFile>()
  for (const archive of new Set(archives)) {
    if (!existsSync(archive) || !statSync(archive).isFile()) continue
    for (const { name, offset, size } of await tarEntries(archive)) {
      places.set(join(archive, name), { archive, offset, size })
    }
  }
  return clips.map((clip) => {
    const packed = places.get(clip.path)
    return packed ? { ...clip, packed } : clip
  })
}

const archiveIn = /^(.+?\.tar)[\\/]/i

async function readEntries(archive: string): Promise<TarEntry[]> {
  const entries: TarEntry[] = []
  const input = createReadStream(archive, { highWaterMark: 1 << 20 })
  const tar = extract()
  input.on("error", (error) => tar.destroy(error))
  input.pipe(tar)
  try {
    for await (const entry of tar) {
      const { header } = entry
      const offset = entry.offset + headerBytes // An entry's own offset is that of its header.
      const { name, type, size } = header
      const isSmall = isText.test(name) && size <= longestText
      const content = isSmall ? { text: await text(entry) } : {}
      if (!isSmall) entry.resume()
      if (type === "file") entries.push({ name, offset, size, ...content })
    }
  } catch (cause) {
    throw new TubeletError(
      `${archive}: is damaged after ${entries.length} files (${(cause as Error).message})`,
      "download it again",
      { cause },
    )
  } finally {
    input.destroy()
  }
  return entries
}
