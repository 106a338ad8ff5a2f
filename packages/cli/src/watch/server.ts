import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { pageHtml } from "../page.js"
import { findRuns } from "./find-runs.js"
import { follow } from "./follow.js"
import { openOwn, realFolder } from "./own-file.js"
import { refusal } from "./refusal.js"

/** A page that shows the runs of a folder while it is open. */
export interface WatchPage {
  /** Its address, with the token that it asks for. */
  readonly address: string
  /** Sends open pages what is left, tells them `words`, and ends. */
  close(words: string): Promise<void>
}

/** Milliseconds that an open page gets to take what is left. */
const grace = 2000

/** Serves the page of a folder, which need not exist yet, to this machine alone. */
export async function servePage(folder: string): Promise<WatchPage> {
  const token = randomBytes(24).toString("base64url")
  const ending = new AbortController()
  const streams = new Set<Promise<void>>()
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refusal(request, { port, token })
    if (refused) return say(response, refused.status, refused.reason)
    const [path] = request.url!.split("?")
    if (path === "/") return sendPage(response)
    if (path === "/events") {
      const stream = sendEvents(response, folder, ending.signal).finally(() =>
        streams.delete(stream),
      )
      streams.add(stream)
      return stream
    }
    if (path.startsWith("/pictures/")) return sendPicture(response, folder, path.slice(10))
    return say(response, 404, "there is no such file")
  }

  return {
    address: `http://127.0.0.1:${port}/?token=${token}`,
    async close(words) {
      ending.abort(words)
      server.close()
      await Promise.race([Promise.allSettled(streams), sleep(grace, undefined, { ref: false })])
      server.closeAllConnections()
    },
  }
}

/** What every answer says: nothing is stored, shown in other sites or told to them. */
const headers = {
  "Cache-Control": "no-store",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
}

function say(response: ServerResponse, status: number, reason: string): void {
  const allow = status === 405 ? { Allow: "GET" } : {}
  const type = { "Content-Type": "text/plain; charset=utf-8" }
  response.writeHead(status, { ...headers, ...allow, ...type }).end(`${reason}\n`)
}

async function sendPage(response: ServerResponse): Promise<void> {
  const nonce = randomBytes(16).toString("base64")
  const policy = [
    "default-src 'none'; connect-src 'self'; img-src 'self' data:",
    `script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`,
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join("; ")
  const html = await pageHtml(nonce)
  const type = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy }
  response.writeHead(200, { ...headers, ...type }).end(html)
}

/** Server-sent events, until the page leaves or the watching ends. */
async function sendEvents(
  response: ServerResponse,
  folder: string,
  ending: AbortSignal,
): Promise<void> {
  response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" })
  const gone = new AbortController()
  response.on("close", () => gone.abort())
  const send = async (event: string, data: unknown) => {
    if (gone.signal.aborted) return
    if (response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) return
    await once(response, "drain", { signal: gone.signal }).catch(() => {})
  }
  await follow(folder, send, AbortSignal.any([ending, gone.signal]))
  await send("ended", ending.reason)
  if (!gone.signal.aborted) await new Promise<void>((done) => response.end(done))
}

async function sendPicture(
  response: ServerResponse,
  folder: string,
  encoded: string,
): Promise<void> {
  const root = await realFolder(folder)
  const path = decoded(encoded)
  const file = root === undefined ? undefined : await openPicture(root, path)
  if (!file) return say(response, 404, "there is no such picture")
  const bytes = await file.readFile().finally(() => file.close())
  response.writeHead(200, { ...headers, "Content-Type": "image/png" }).end(bytes)
}

/** Opens a picture of a run; other files of the folder are none. */
async function openPicture(root: string, path: string) {
  const pictures = (await findRuns(root)).flatMap((run) => run.pictures)
  return pictures.some((one) => one.path === path) ? openOwn(root, path) : undefined
}

/** A path from an address; empty if it is not encoded well. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ""
  }
}
