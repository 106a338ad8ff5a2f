import { TubeletError } from "@tubelet/core"
import { exists, fileSystem, makeFolder, paths } from "@tubelet/core/files"
import { readJsonObject } from "../files/json.js"
import { withLock } from "../files/wait-lock.js"
import { shardsOf } from "../sharded/index-file.js"
import { isWeightsFile, weightsFiles } from "../weights-files.js"
import { type RepositoryCache, repositoryCache } from "./cache.js"
import { download, type OnProgress, partialOf } from "./download.js"
import { describe, list } from "./listing.js"
import { type HubReference, parseHubReference } from "./reference.js"
import { Unreachable } from "./request.js"
import { type Environment, type HubSettings, hubSettings } from "./settings.js"

export interface HubOptions {
  readonly onProgress?: OnProgress
  /** Environment with HF_HOME, HF_TOKEN and so on. Default: `process.env`. */
  readonly env?: Environment
}

/** One repository at one commit. */
interface Snapshot {
  readonly settings: HubSettings
  readonly cache: RepositoryCache
  readonly reference: HubReference
  readonly commit: string
  readonly files: readonly string[]
  readonly onProgress?: OnProgress
}

/** Files that describe a model, downloaded if the repository has them. */
const companions = ["config.json", "preprocessor_config.json"]

/**
 * Downloads a model from the Hugging Face hub, `hf:OWNER/NAME[@REVISION][:FILE]`, and returns the
 * path of its weights (or of their index). Files in the cache are not downloaded again; if the hub
 * cannot be reached, the cache is used. Node only.
 */
export async function hubWeights(text: string, options: HubOptions = {}): Promise<string> {
  const reference = parseHubReference(text)
  const { env = process.env, onProgress } = options
  const settings = await hubSettings(env)
  const cache = await repositoryCache(settings.cache, reference.repository)
  const offline = new Unreachable("HF_HUB_OFFLINE is set")
  if (settings.offline) return cachedWeights(cache, reference, offline)
  const listed = await list(settings, reference).catch((error: unknown) => {
    if (error instanceof Unreachable) return error
    throw error
  })
  if (listed instanceof Unreachable) return cachedWeights(cache, reference, listed)
  await cache.remember(reference.revision, listed.commit)
  const snapshot = { settings, cache, reference, ...listed, ...(onProgress && { onProgress }) }
  const file = choose(reference, listed.files)
  for (const name of companions) if (listed.files.includes(name)) await fetched(snapshot, name)
  const path = await fetched(snapshot, file)
  for (const shard of await shardsBeside(path, file)) await fetched(snapshot, shard)
  return path
}

function choose({ repository, file }: HubReference, files: readonly string[]): string {
  if (file !== undefined && files.includes(file)) return file
  const known = weightsFiles.find((name) => files.includes(name))
  if (file === undefined && known !== undefined) return known
  const weights = files.filter(isWeightsFile)
  if (file === undefined && weights.length === 1) return weights[0]
  const what = file ?? "model.safetensors or pytorch_model.bin"
  throw new TubeletError(
    `${repository} has no ${what}`,
    weights.length > 0
      ? `choose one with hf:${repository}:FILE: ${weights.slice(0, 8).join(", ")}`
      : "it has no weights at all",
  )
}

/** The path of a file in the snapshot, downloaded if missing. */
async function fetched(snapshot: Snapshot, file: string): Promise<string> {
  const { settings, cache, reference, commit, onProgress = () => {} } = snapshot
  const fs = await fileSystem()
  const path = cache.snapshot(commit, file)
  if (await exists(path)) return path
  const remote = await describe(settings, reference, commit, file)
  const blob = cache.blob(remote.etag)
  await makeFolder(cache.blob(""))
  const work = async () => {
    if (!(await exists(blob))) await download(settings, remote, blob, onProgress)
  }
  // While another process downloads the file, report its progress.
  const onWait = async () => {
    const stat = await fs.stat(partialOf(blob)).catch(() => undefined)
    if (stat) onProgress({ file, receivedBytes: stat.size, totalBytes: remote.size })
  }
  await withLock(`${blob}.lock`, work, { onWait })
  return cache.link(remote.etag, commit, file)
}

async function shardsBeside(path: string, file: string): Promise<string[]> {
  if (!file.endsWith(".index.json")) return []
  const folder = file.slice(0, file.lastIndexOf("/") + 1)
  return [...shardsOf(await readJsonObject(path), path).keys()].map((shard) => folder + shard)
}

async function cachedWeights(
  cache: RepositoryCache,
  reference: HubReference,
  { problem, advice }: Unreachable,
): Promise<string> {
  const commit = await cache.commit(reference.revision)
  const files = commit === undefined ? [] : await cachedFiles(cache, commit)
  const { file: named } = reference
  const held = named === undefined ? files.some(isWeightsFile) : files.includes(named)
  if (commit !== undefined && held) {
    const file = choose(reference, files)
    const path = cache.snapshot(commit, file)
    const shards = await shardsBeside(path, file)
    if (shards.every((shard) => files.includes(shard))) return path
  }
  throw new TubeletError(
    `${reference.repository} is not in the cache, and ${problem}`,
    advice ?? "download it once with network access, or set HF_HOME to a cache that has it",
  )
}

/** A commit's files in the cache, except dangling links. */
async function cachedFiles(cache: RepositoryCache, commit: string): Promise<string[]> {
  const fs = await fileSystem()
  const { sep } = await paths()
  const names = await fs.readdir(cache.snapshot(commit), { recursive: true }).catch(() => [])
  const here = await Promise.all(names.map((name) => exists(cache.snapshot(commit, name))))
  return names.filter((_, i) => here[i]).map((name) => name.replaceAll(sep, "/"))
}
