import { TubeletError } from "@tubelet/core"
import { proxyFetch, proxyOf, proxyProblem, refusedByProxy } from "./proxy.js"
import type { HubSettings } from "./settings.js"

/** The hub could not be reached: what is in the cache may still do. */
export class Unreachable extends TubeletError {}

export interface HubRequest {
  readonly method?: "GET" | "HEAD"
  readonly headers?: Readonly<Record<string, string>>
  /** HEAD stops where the file lies elsewhere: the hub's own answer describes it. */
  readonly stayAtHub?: boolean
  readonly signal?: AbortSignal
}

const mostRedirects = 5
const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status)

/**
 * Asks the hub, and follows it to where files lie. The token goes to the hub's own host and to no
 * other.
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
  throw new TubeletError(`${address} leads from one place to the next`, "try again later")
}

async function ask(settings: HubSettings, url: URL, init: RequestInit): Promise<Response> {
  const proxy = await proxyOf(url, settings.env)
  const get = proxy === undefined ? fetch : await proxyFetch(proxy, url)
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), settings.patience.answer)
  const signals = init.signal ? [init.signal, late.signal] : [late.signal]
  try {
    return await get(url, { ...init, signal: AbortSignal.any(signals) })
  } catch (cause) {
    const refused = proxy === undefined ? undefined : proxyProblem(cause as Error, proxy)
    if (refused) throw new Unreachable(...refused, { cause })
    const { code, message } = ((cause as Error).cause ?? {}) as NodeJS.ErrnoException
    const why = signals.some(({ aborted }) => aborted)
      ? "no answer in time"
      : (code ?? message ?? String(cause))
    const by = proxy === undefined ? "" : ` by the proxy ${new URL(proxy).host}`
    throw new Unreachable(
      `${url.origin} cannot be reached${by}: ${why}`,
      "check the network, HF_ENDPOINT and HTTPS_PROXY; files fetched before are found with " +
        "HF_HUB_OFFLINE=1",
      { cause },
    )
  } finally {
    clearTimeout(timer)
  }
}

/** What a page for people means, as networks send it that want a login or filter. */
export const pageInstead = (address: string): [string, string] => [
  `${address} gave a page of HTML, not what was asked for`,
  "a network's login, a proxy or a filter stands between: open the address in a browser, and set " +
    "HTTPS_PROXY where there is a proxy; check HF_ENDPOINT",
]

function refusePage({ status, headers, url }: Response, { endpoint }: HubSettings): void {
  if (status === 407) throw new Unreachable(...refusedByProxy(status, `before ${endpoint}`))
  const isPage = /^(text\/html|application\/xhtml)/i.test(headers.get("content-type") ?? "")
  if (isPage || status === 511) throw new Unreachable(...pageInstead(url || endpoint))
}

/**
 * Throws what a failed answer means for someone who wants `what` of a repository.
 *
 * @throws Unreachable where the hub is busy or broken: it may answer later.
 */
export function requireSuccess(
  response: Response,
  settings: HubSettings,
  { repository, revision }: { readonly repository: string; readonly revision: string },
  what: string,
): void {
  const { status, headers } = response
  refusePage(response, settings)
  if (status < 400) return
  const page = `${settings.endpoint}/${repository}`
  const code = headers.get("x-error-code") ?? ""
  if (status >= 500 || status === 429) throw new Unreachable(...refusal())
  throw new TubeletError(...meaning())

  function meaning(): [string, string] {
    if (code === "GatedRepo" || status === 403) {
      return [
        `${repository} is gated: its owner asks you to accept terms`,
        `accept them at ${page}, then set HF_TOKEN to a token of your account`,
      ]
    }
    if (status === 401 && settings.token === undefined) {
      return [
        `${repository} does not exist, or is private`,
        `check the name at ${page}; for a private one set HF_TOKEN to a token of your account`,
      ]
    }
    if (status === 401) {
      return [`the hub refused your token for ${repository}`, "check HF_TOKEN and the name"]
    }
    if (status === 404 && code === "RevisionNotFound") {
      return [`${repository} has no revision "${revision}"`, `see ${page}/tree/main`]
    }
    if (status === 404)
      return [`there is no ${what} in ${repository}`, `see ${page}/tree/${revision}`]
    return refusal()
  }

  function refusal(): [string, string] {
    const detail = headers.get("x-error-message")?.slice(0, 200) ?? response.statusText
    return [`the hub answered ${status} for ${what} of ${repository}: ${detail}`, "try again later"]
  }
}
