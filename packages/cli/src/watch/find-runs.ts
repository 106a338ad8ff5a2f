import { readdir, stat } from "node:fs/promises"
import { basename, join } from "node:path"
import { parseJson } from "@tubelet/core/text"
import { isPlain, openOwn } from "./own-file.js"

export interface Picture {
  /** From the watched folder, with slashes. */
  readonly path: string
  /** When it was written, in milliseconds since 1970. */
  readonly written: number
}

/** A run below a watched folder. */
export interface FoundRun {
  readonly name: string
  /** Its metrics.jsonl, from the watched folder. */
  readonly log: string
  /** The length of the run, if its config says so. */
  readonly steps?: number
  /** PNG files in its folder, and below if no other run is there; newest first. */
  readonly pictures: readonly Picture[]
}

const logName = "metrics.jsonl"
/** Levels of folders that are searched. */
const depth = 3
const mostPictures = 24

/** The runs in a folder and below, by name. `root` is a real path. */
export async function findRuns(root: string): Promise<readonly FoundRun[]> {
  const runs = await runsIn(root, "", undefined, depth)
  return runs.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }))
}

/** A run whose pictures are still being collected. */
type Growing = FoundRun & { readonly pictures: Picture[] }

async function runsIn(
  root: string,
  folder: string,
  outer: Growing | undefined,
  levels: number,
): Promise<FoundRun[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
  const plain = entries.filter(({ name }) => isPlain(name))
  const files = plain.filter((entry) => entry.isFile()).map(({ name }) => name)
  const own = files.includes(logName) ? await runOf(root, folder) : undefined
  const run = own ?? outer
  run?.pictures.push(...(await picturesOf(root, folder, files)))
  const runs: FoundRun[] = own ? [own] : []
  if (levels > 0) {
    for (const { name } of plain.filter((entry) => entry.isDirectory() && !isSkipped(entry.name)))
      runs.push(...(await runsIn(root, under(folder, name), run, levels - 1)))
  }
  if (own) own.pictures.splice(0, Infinity, ...newest(own.pictures))
  return runs
}

/** Folders that have neither runs nor pictures, and may have many files. */
const isSkipped = (name: string): boolean =>
  name === "node_modules" || name === "best" || name.startsWith("checkpoint-")

async function runOf(root: string, folder: string): Promise<Growing> {
  const steps = await stepsOf(root, folder)
  return {
    name: folder || basename(root),
    log: under(folder, logName),
    ...(steps !== undefined && { steps }),
    pictures: [],
  }
}

async function stepsOf(root: string, folder: string): Promise<number | undefined> {
  const config = await openOwn(root, under(folder, "config.json"))
  try {
    const fields = config && parseJson(await config.readFile(), "config.json")
    const { steps } = Object(fields) as { readonly steps?: unknown }
    return typeof steps === "number" ? steps : undefined
  } catch {
    return undefined // The page shows the run all the same.
  } finally {
    await config?.close()
  }
}

async function picturesOf(root: string, folder: string, files: readonly string[]) {
  const paths = files.filter((name) => name.endsWith(".png")).map((name) => under(folder, name))
  const found = paths.map(async (path): Promise<Picture[]> => {
    const written = await stat(join(root, path)).catch(() => undefined)
    return written ? [{ path, written: written.mtimeMs }] : []
  })
  return (await Promise.all(found)).flat()
}

const newest = (pictures: readonly Picture[]): Picture[] =>
  [...pictures].sort((a, b) => b.written - a.written).slice(0, mostPictures)

const under = (folder: string, name: string): string => (folder ? `${folder}/${name}` : name)
