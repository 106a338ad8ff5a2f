import { TubeletError } from "@tubelet/core"
import { isObject, type JsonObject, parseJsonObject } from "../files/json.js"
import type { RemoteFile } from "./download.js"
import { type HubReference, isPlainPath } from "./reference.js"
import { pageInstead, request, requireSuccess, Unreachable } from "./request.js"
import type { HubSettings } from "./settings.js"

/** Resolves a revision to its commit and file names. */
export async function list(settings: HubSettings, reference: HubReference) {
  const { repository, revision } = reference
  const path = `api/models/${repository}/revision/${encodeURIComponent(revision)}`
  const address = `${settings.endpoint}/${path}`
  const response = await request(settings, address)
  requireSuccess(response, settings, reference, "such model")
  return parseListing(new Uint8Array(await response.arrayBuffer()), address)
}

/** Parses the hub's response. Drops file names that would escape the folder. */
export function parseListing(bytes: Uint8Array, address: string) {
  const { sha, siblings } = answerOf(bytes, address)
  const names = Array.isArray(siblings) ? siblings.filter(isObject).map((s) => s.rfilename) : []
  const files = names.filter((n): n is string => typeof n === "string" && isPlainPath(n))
  if (typeof sha === "string" && /^[0-9a-f]{40}$/.test(sha)) return { commit: sha, files }
  throw new TubeletError(`${address} did not return a commit`, "check HF_ENDPOINT")
}

/** Parses a response as JSON, with a separate error for an HTML page. */
function answerOf(bytes: Uint8Array, address: string): JsonObject {
  const start = new TextDecoder().decode(bytes.subarray(0, 200))
  if (start.trimStart().startsWith("<")) throw new Unreachable(...pageInstead(address))
  try {
    return parseJsonObject(bytes, address)
  } catch (cause) {
    const advice = "check HF_ENDPOINT: it must be the address of a hub"
    throw new TubeletError(`${address} did not return a JSON object`, advice, { cause })
  }
}

/** A file's size and hash, from the headers of the hub's own response. */
export async function describe(
  settings: HubSettings,
  { repository, revision }: HubReference,
  commit: string,
  file: string,
): Promise<RemoteFile> {
  const encoded = file.split("/").map(encodeURIComponent).join("/")
  const url = `${settings.endpoint}/${repository}/resolve/${commit}/${encoded}`
  const headers = { "accept-encoding": "identity" }
  const response = await request(settings, url, { method: "HEAD", headers, stayAtHub: true })
  requireSuccess(response, settings, { repository, revision }, file)
  const header = (name: string) => response.headers.get(name)
  const etag = (header("x-linked-etag") ?? header("etag") ?? "").replace(/^W\/|"/g, "")
  const size = Number(header("x-linked-size") ?? header("content-length") ?? Number.NaN)
  if (/^[\w-]{8,128}$/.test(etag) && Number.isSafeInteger(size) && size >= 0) {
    return { repository, revision, file, url, etag, size }
  }
  throw new TubeletError(`${url} did not return a size and an etag`, "check HF_ENDPOINT")
}
