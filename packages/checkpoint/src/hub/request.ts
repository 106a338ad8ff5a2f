import { TubeletError } from "@tubelet/core"
import { proxyFetch, proxyOf, proxyProblem, refusedByProxy } from "./proxy.js"
import type { HubSettings } from "./settings.js"

/** The hub could not be reached; the cache may have the files. */
export class Unreachable extends TubeletError {}

export interface HubRequest {
  readonly method?: "GET" | "HEAD"
  readonly headers?: Readonly<Record<string, string>>
  /** Do not follow redirects to other hosts: the hub's own response describes the file. */
  readonly stayAtHub?: boolean
  readonly signal?: AbortSignal
}

const mostRedirects = 5
const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status)

/**
 * Sends a request to the hub and follows redirects. Sends the token to the hub's own host only.
 */
export async function request(
  settings: HubSettings,
  address: string,
  { method = "GET", headers = {}, stayAtHub = false, signal }: HubRequest = {},
): Promise<Response> {
  const hub = new URL(settings.endpoint).origin
  let url = new URL(address)
  for (let i = 0; i <= mostRedirects; i++) {
    const trusted = settings.token !== undefined && url.origin === hub
    const authorization = trusted && { authorization: `Bearer ${settings.token}` }
    const response = await ask(settings, url, {
      method,
      headers: { "user-agent": "tubelet", ...headers, ...authorization },
      redirect: "manual",
      ...(signal && { signal }),
    })
    const location = isRedirect(response.status) && response.headers.get("location")
    if (!location) return response
    const next = new URL(location, url)
    if (stayAtHub && next.origin !== hub) return response
    await response.body?.cancel()
    if (!/^https?:$/.test(next.protocol)) break
    url = next
  }
  throw new TubeletError(`${address} redirects too often`, "try again later")
}

async function ask(settings: HubSettings, url: URL, init: RequestInit): Promise<Response> {
  const proxy = await proxyOf(url, settings.env)
  const get = proxy === undefined ? fetch : await proxyFetch(proxy, url)
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), settings.timeout.response)
  const signals = init.signal ? [init.signal, late.signal] : [late.signal]
  try {
    return await get(url, { ...init, signal: AbortSignal.any(signals) })
  } catch (cause) {
    const refused = proxy === undefined ? undefined : proxyProblem(cause as Error, proxy)
    if (refused) throw new Unreachable(...refused, { cause })
    const { code, message } = ((cause as Error).cause ?? {}) as NodeJS.ErrnoException
    const why = signals.some(({ aborted }) => aborted)
      ? "the request timed out"
      : (code ?? message ?? String(cause))
    const by = proxy === undefined ? "" : ` through the proxy ${new URL(proxy).host}`
    throw new Unreachable(
      `${url.origin} cannot be reached${by}: ${why}`,
      "check the network, HF_ENDPOINT and HTTPS_PROXY; HF_HUB_OFFLINE=1 uses cached files only",
      { cause },
    )
  } finally {
    clearTimeout(timer)
  }
}

/** Explains an HTML page where data was expected, as from a network's login page or filter. */
export const pageInstead = (address: string): [string, string] => [
  `${address} returned an HTML page`,
  "a network's login page, a proxy or a filter is in the way: open the address in a browser, set " +
    "HTTPS_PROXY if there is a proxy, and check HF_ENDPOINT",
]

function refusePage({ status, headers, url }: Response, { endpoint }: HubSettings): void {
  if (status === 407) throw new Unreachable(...refusedByProxy(status, `before ${endpoint}`))
  const isPage = /^(text\/html|application\/xhtml)/i.test(headers.get("content-type") ?? "")
  if (isPage || status === 511) throw new Unreachable(...pageInstead(url || endpoint))
}

/** What was requested: a file, or "such model", of a revision of a repository. */
interface Wanted {
  readonly repository: string
  readonly revision: string
  readonly what: string
}

/**
 * Throws an error that explains a failed response to a request for `what` of a repository.
 *
 * @throws Unreachable if the hub is busy or broken and may answer later.
 */
export function requireSuccess(
  response: Response,
  settings: HubSettings,
  { repository, revision }: Pick<Wanted, "repository" | "revision">,
  what: string,
): void {
  const { status } = response
  refusePage(response, settings)
  if (status < 400) return
  const wanted = { repository, revision, what }
  if (status >= 500 || status === 429) throw new Unreachable(...refusal(response, wanted))
  throw new TubeletError(...(explained(response, settings, wanted) ?? refusal(response, wanted)))
}

/** The known meanings of a client error. */
function explained(
  { status, headers }: Response,
  { endpoint, token }: HubSettings,
  { repository, revision, what }: Wanted,
): [string, string] | undefined {
  const page = `${endpoint}/${repository}`
  const code = headers.get("x-error-code") ?? ""
  if (code === "GatedRepo" || status === 403) {
    return [
      `${repository} is gated: its owner asks you to accept terms`,
      `accept them at ${page}, then set HF_TOKEN to a token of your account`,
    ]
  }
  if (status === 401 && token === undefined) {
    return [
      `${repository} does not exist, or is private`,
      `check the name at ${page}; for a private model, set HF_TOKEN to a token of your account`,
    ]
  }
  if (status === 401) {
    return [`the hub rejected your token for ${repository}`, "check HF_TOKEN and the name"]
  }
  if (status === 404 && code === "RevisionNotFound") {
    return [`${repository} has no revision "${revision}"`, `see ${page}/tree/main`]
  }
  if (status !== 404) return undefined
  return [`there is no ${what} in ${repository}`, `see ${page}/tree/${revision}`]
}

function refusal({ status, headers, statusText }: Response, wanted: Wanted): [string, string] {
  const detail = headers.get("x-error-message")?.slice(0, 200) ?? statusText
  const { what, repository } = wanted
  return [`the hub answered ${status} for ${what} of ${repository}: ${detail}`, "try again later"]
}
