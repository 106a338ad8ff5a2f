import type { Hash } from "node:crypto"
import { TubeletError } from "@tubelet/core"
import { crypto, fileSystem, notWritten } from "@tubelet/core/files"
import { request, requireSuccess, Unreachable } from "./request.js"
import type { HubSettings } from "./settings.js"

/** A file of a commit, as the hub describes it. */
export interface RemoteFile {
  readonly repository: string
  readonly revision: string
  readonly file: string
  readonly url: string
  /** Hash of the content: SHA-256 for large files, git's blob hash for others. */
  readonly etag: string
  readonly size: number
}

/** Progress of a download. */
export interface HubProgress {
  readonly file: string
  readonly receivedBytes: number
  readonly totalBytes: number
}

export type OnProgress = (progress: HubProgress) => void

/** A lost connection is retried; the download resumes where it stopped. */
const attempts = 5

/**
 * Where a partial download is kept for resuming. huggingface_hub, which does not respect our lock,
 * never writes to this name.
 */
export const partialOf = (target: string): string => `${target}.tubelet-incomplete`

/** Downloads a file to `target` and verifies its size and hash. */
export async function download(
  settings: HubSettings,
  remote: RemoteFile,
  target: string,
  onProgress: OnProgress = () => {},
): Promise<void> {
  const fs = await fileSystem()
  const partial = partialOf(target)
  for (let attempt = 1; ; attempt++) {
    try {
      await transfer(settings, remote, partial, onProgress)
      break
    } catch (error) {
      if (!(error instanceof Unreachable) || attempt === attempts) throw error
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt))
    }
  }
  await fs.rename(partial, target)
}

async function transfer(
  settings: HubSettings,
  remote: RemoteFile,
  partial: string,
  onProgress: OnProgress,
): Promise<void> {
  const fs = await fileSystem()
  const { file: name, size: totalBytes } = remote
  const output = await fs.open(partial, "a+")
  try {
    let receivedBytes = await heldBytes(output, totalBytes)
    let hash = await hashOf(remote, output, receivedBytes)
    const progress = () => onProgress({ file: name, receivedBytes, totalBytes })
    progress()
    if (receivedBytes < totalBytes) {
      const { response, alive } = await resume(settings, remote, receivedBytes)
      if (response.status !== 206 && receivedBytes > 0) {
        await output.truncate(0)
        receivedBytes = 0
        hash = await hashOf(remote, output, 0)
      }
      for await (const chunk of bytesOf(response, remote.url, alive)) {
        receivedBytes += chunk.length
        if (receivedBytes > totalBytes) break
        await output.writeFile(chunk).catch(diskError(partial))
        hash?.update(chunk)
        progress()
      }
    }
    await output.sync()
    await requireWhole(remote, receivedBytes, hash, output)
  } finally {
    await output.close()
  }
}

type Handle = Awaited<ReturnType<typeof import("node:fs/promises")["open"]>>

/** Bytes left by an earlier attempt; a file that is too long is discarded. */
async function heldBytes(output: Handle, totalBytes: number): Promise<number> {
  const { size } = await output.stat()
  if (size <= totalBytes) return size
  await output.truncate(0)
  return 0
}

/** The hash of a file's first bytes; undefined if the etag is not a hash. */
async function hashOf(
  { etag, size }: RemoteFile,
  output: Handle,
  length: number,
): Promise<Hash | undefined> {
  const { createHash } = await crypto()
  const sha256 = /^[0-9a-f]{64}$/.test(etag)
  if (!sha256 && !/^[0-9a-f]{40}$/.test(etag)) return undefined
  const hash = createHash(sha256 ? "sha256" : "sha1")
  if (!sha256) hash.update(`blob ${size}\0`)
  const buffer = new Uint8Array(2 ** 20)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await output.read(buffer, 0, Math.min(buffer.length, length - at), at)
    if (bytesRead === 0) break
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return hash
}

async function resume(settings: HubSettings, remote: RemoteFile, from: number) {
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), settings.timeout.bytes)
  timer.unref()
  const headers: Record<string, string> = { "accept-encoding": "identity" }
  if (from > 0) headers.range = `bytes=${from}-`
  const response = await request(settings, remote.url, { headers, signal: silent.signal })
  requireSuccess(response, settings, remote, remote.file)
  return { response, alive: timer }
}

async function* bytesOf(response: Response, url: string, alive: NodeJS.Timeout) {
  const reader = response.body?.getReader()
  try {
    for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
      alive.refresh()
      yield chunk.value
    }
  } catch (cause) {
    const why = (cause as Error).message
    throw new Unreachable(`${url}: the connection was lost: ${why}`, resumes, { cause })
  } finally {
    clearTimeout(alive)
    await reader?.cancel().catch(() => {})
  }
}

const resumes = "try again: the download resumes where it stopped"

const diskError = (path: string) => async (cause: NodeJS.ErrnoException) => {
  throw await notWritten(path, cause, "free some space, or set HF_HOME to a folder on another disk")
}

async function requireWhole(
  { file, repository, etag, size, url }: RemoteFile,
  received: number,
  hash: Hash | undefined,
  output: Handle,
): Promise<void> {
  if (received < size) {
    throw new Unreachable(`${url} ended after ${received} of ${size} bytes`, resumes)
  }
  // The hash covers the received bytes; the file must be exactly as long.
  const stored = (await output.stat()).size
  const isWhole = received === size && stored === size
  if (isWhole && (hash === undefined || hash.digest("hex") === etag)) return
  await output.truncate(0)
  throw new TubeletError(
    `${file} of ${repository} does not match the hub's size or hash; the download was discarded`,
    "try again; if it happens again, something between you and the hub modifies files",
  )
}
