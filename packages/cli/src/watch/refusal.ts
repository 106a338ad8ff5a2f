import { createHash, timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"

/** Why a request gets no answer. */
export interface Refusal {
  readonly status: number
  readonly reason: string
}

interface Door {
  /** The port that the server listens on. */
  readonly port: number
  readonly token: string
}

/**
 * Refuses requests that do not come from the page itself: of a site whose name was made to lead
 * here (another Host), of other sites' scripts (another Origin), and of programs that do not know
 * the token in its address.
 */
export function refusal(
  { method, headers, url }: IncomingMessage,
  door: Door,
): Refusal | undefined {
  const hosts = ["127.0.0.1", "localhost"].map((name) => `${name}:${door.port}`)
  if (!hosts.includes(headers.host ?? "")) return { status: 403, reason: "another host" }
  const { origin } = headers
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
    return { status: 403, reason: "another origin" }
  if (method !== "GET") return { status: 405, reason: "only GET is answered" }
  if (!url?.startsWith("/")) return { status: 400, reason: "not a path" }
  const token = new URLSearchParams(url.split("?")[1]).get("token") ?? ""
  if (!equal(token, door.token))
    return { status: 401, reason: "open the whole address that was printed, with its token" }
  return undefined
}

/** Compares in constant time, whatever the lengths. */
const equal = (a: string, b: string): boolean => timingSafeEqual(hash(a), hash(b))

const hash = (text: string): Buffer => createHash("sha256").update(text).digest()
