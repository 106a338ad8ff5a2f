import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export const commit = "0123456789abcdef0123456789abcdef01234567"

/** What the servers were asked. */
export interface Asked {
  readonly server: "hub" | "cdn"
  readonly method: string
  readonly url: string
  readonly authorization: string | undefined
  readonly range: string | undefined
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

async function listen(handler: Handler) {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { origin: `http://127.0.0.1:${port}`, close }
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")
const gitHash = (bytes: Uint8Array) =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex")

/**
 * A hub as huggingface.co answers: a list of files at a commit, small files by itself, weights by a
 * second server. `behaviour` may be changed between requests.
 */
export async function startHub(files: Readonly<Record<string, Uint8Array>>) {
  const asked: Asked[] = []
  const behaviour = {
    /** Answers every request at the hub with this status and error code. */
    refuse: undefined as undefined | { status: number; code?: string },
    /** The CDN answers its next requests with these statuses. */
    failures: [] as number[],
    /** The CDN waits so many milliseconds before it answers. */
    delay: 0,
    /** The CDN drops each connection after so many bytes. */
    dropAfter: Number.POSITIVE_INFINITY,
    /** The CDN falls silent after so many bytes. */
    stopAfter: Number.POSITIVE_INFINITY,
    ignoreRange: false,
    /** The CDN sends something else of the same length. */
    corrupt: false,
  }
  const note = (server: Asked["server"], { method = "", url = "", headers }: IncomingMessage) =>
    asked.push({ server, method, url, authorization: headers.authorization, range: headers.range })

  const cdn = await listen(async (request, response) => {
    note("cdn", request)
    const failure = behaviour.failures.shift()
    if (failure !== undefined) {
      response.writeHead(failure).end()
      return
    }
    if (behaviour.delay > 0) await new Promise((resolve) => setTimeout(resolve, behaviour.delay))
    const whole = files[decodeURIComponent(request.url!.slice(1))]
    const bytes = behaviour.corrupt ? whole.map((byte) => byte ^ 1) : whole
    const range = behaviour.ignoreRange ? undefined : request.headers.range
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0)
    const part = bytes.subarray(from)
    response.writeHead(range ? 206 : 200, { "content-length": part.length })
    const { dropAfter, stopAfter } = behaviour
    if (part.length > dropAfter) {
      response.write(part.subarray(0, dropAfter), () => response.destroy())
    } else if (part.length > stopAfter) response.write(part.subarray(0, stopAfter))
    else response.end(part)
  })

  const hub = await listen((request, response) => {
    note("hub", request)
    const { refuse } = behaviour
    if (refuse) {
      response.writeHead(refuse.status, refuse.code ? { "x-error-code": refuse.code } : {}).end()
      return
    }
    if (request.url!.startsWith("/api/models/owner/name/revision/")) {
      const siblings = Object.keys(files).map((rfilename) => ({ rfilename }))
      response.end(JSON.stringify({ sha: commit, siblings }))
      return
    }
    const file = request.url!.replace(`/owner/name/resolve/${commit}/`, "")
    const bytes = files[decodeURIComponent(file)]
    if (!bytes) response.writeHead(404, { "x-error-code": "EntryNotFound" }).end()
    else if (/\.(json|txt)$/.test(file)) {
      response.writeHead(200, { etag: `"${gitHash(bytes)}"`, "content-length": bytes.length })
      response.end(request.method === "HEAD" ? undefined : bytes)
    } else {
      const location = `${cdn.origin}/${file}`
      const etag = `"${sha256(bytes)}"`
      response.writeHead(302, { location, "x-linked-etag": etag, "x-linked-size": bytes.length })
      response.end()
    }
  })
  const close = async () => {
    await hub.close()
    await cdn.close()
  }
  return { endpoint: hub.origin, asked, behaviour, close }
}
