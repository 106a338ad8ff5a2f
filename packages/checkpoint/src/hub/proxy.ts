import { TubeletError } from "@tubelet/core"
import { network } from "@tubelet/core/files"
import type { Environment } from "./settings.js"

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>

/** Lowercase variables take precedence, as in curl and Python. */
const variable = (env: Environment, name: string): string | undefined =>
  env[name.toLowerCase()] || env[name] || undefined

/**
 * The proxy for a URL, by HTTPS_PROXY, HTTP_PROXY or ALL_PROXY and NO_PROXY; undefined for a direct
 * connection.
 */
export async function proxyOf(url: URL, env: Environment): Promise<string | undefined> {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"
  const proxy = variable(env, name) ?? variable(env, "ALL_PROXY")
  if (proxy === undefined) return undefined
  if (await isExempt(url, variable(env, "NO_PROXY") ?? "")) return undefined
  const address = proxy.includes("://") ? proxy : `http://${proxy}`
  if (/^https?:/.test(address) && URL.canParse(address)) return address
  throw new TubeletError(
    `${name} or ALL_PROXY is not an HTTP proxy: ${proxy.replace(/^(\w+:\/\/)?.*@/, "$1")}`,
    "write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT",
  )
}

/**
 * Whether NO_PROXY covers a URL. Entries are host names, which include their subdomains
 * (`hub.local`, `.hub.local`, `*.hub.local`), or IP addresses, both with or without a port;
 * networks (`10.0.0.0/8`); or `*` for all.
 */
async function isExempt(url: URL, list: string): Promise<boolean> {
  const net = await network()
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase()
  const port = url.port || (url.protocol === "https:" ? "443" : "80")
  const matches = (entry: string): boolean => {
    if (entry === "*") return true
    if (entry.includes("/")) return isWithin(net, host, entry)
    const bare = net.isIP(entry) === 6 ? entry : entry.replace(/:\d+$/, "")
    if (bare !== entry && entry.slice(bare.length + 1) !== port) return false
    const name = bare.toLowerCase().replace(/^\[|\]$/g, "")
    const domain = name.replace(/^\*?\./, "")
    return host === domain || (net.isIP(host) === 0 && domain !== "" && isBelow(host, domain))
  }
  return list.split(/[\s,]+/).some(matches)
}

const isBelow = (host: string, domain: string): boolean => host.endsWith(`.${domain}`)

type Net = Awaited<ReturnType<typeof network>>

/** Whether an IP address is in a network such as `10.0.0.0/8`. */
function isWithin({ BlockList, isIP }: Net, host: string, subnet: string): boolean {
  const [, address = "", bits = ""] = /^(.+)\/(\d{1,3})$/.exec(subnet) ?? []
  const version = isIP(address)
  if (version === 0 || isIP(host) === 0 || Number(bits) > (version === 6 ? 128 : 32)) return false
  const block = new BlockList()
  block.addSubnet(address, Number(bits), version === 6 ? "ipv6" : "ipv4")
  return block.check(host, isIP(host) === 6 ? "ipv6" : "ipv4")
}

/** In a variable, so that no bundler includes it: pages do not need it. */
const library: string = "undici"

/** `fetch` through a proxy, which Node's own supports only from version 24. */
export async function proxyFetch(proxy: string, { protocol }: URL): Promise<Fetch> {
  const { fetch, ProxyAgent } = (await import(
    /* webpackIgnore: true */ /* @vite-ignore */ library
  )) as { fetch: (url: URL, init: object) => Promise<Response>; ProxyAgent: ProxyAgentClass }
  // Plain HTTP needs no tunnel, which proxies allow to few ports only.
  const dispatcher = new ProxyAgent({ uri: proxy, proxyTunnel: protocol === "https:" })
  return (url, init) => fetch(url, { ...init, dispatcher })
}

type ProxyAgentClass = typeof import("undici")["ProxyAgent"]

/** Explains a proxy's refusal to open a tunnel; undefined if something else failed. */
export function proxyProblem(error: Error, proxy: string): [string, string] | undefined {
  let said = ""
  for (let at: unknown = error; at instanceof Error; at = at.cause) said += `${at.message} `
  const status = /Proxy (?:response|Authentication Required) \((\d{3})\)/i.exec(said)?.[1]
  return status === undefined ? undefined : refusedByProxy(Number(status), new URL(proxy).host)
}

/** Explains a proxy's response. */
export const refusedByProxy = (status: number, proxy: string): [string, string] =>
  status === 407
    ? [
        `the proxy ${proxy} requires a login`,
        "set HTTPS_PROXY (or HTTP_PROXY) to http://USER:PASSWORD@HOST:PORT",
      ]
    : [`the proxy ${proxy} answered ${status}`, "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"]
