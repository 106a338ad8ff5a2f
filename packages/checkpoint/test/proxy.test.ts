import { mkdtemp, readFile, rm } from "node:fs/promises"
import { request as ask, createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { proxyOf } from "../src/hub/proxy.js"
import { hubWeights } from "../src/index.js"
import { startHub } from "./hub-server.js"

const over = async (address: string, env: Record<string, string>) => proxyOf(new URL(address), env)
const proxy = "http://proxy:3128"

describe("the proxy of a URL", () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ["https://hub.co/x", {}, undefined],
    ["https://hub.co/x", { HTTPS_PROXY: proxy }, proxy],
    ["https://hub.co/x", { https_proxy: proxy, HTTPS_PROXY: "http://other:1" }, proxy],
    ["https://hub.co/x", { HTTP_PROXY: proxy }, undefined],
    ["http://hub.co/x", { HTTP_PROXY: proxy }, proxy],
    ["http://hub.co/x", { http_proxy: "proxy:3128" }, proxy],
    ["https://hub.co/x", { ALL_PROXY: proxy }, proxy],
    ["https://hub.co/x", { all_proxy: proxy, HTTPS_PROXY: "" }, proxy],
    ["https://hub.co/x", { HTTPS_PROXY: "http://me:p%40ss@proxy" }, "http://me:p%40ss@proxy"],
  ])("%s with %j", async (address, env, expected) => {
    expect(await over(address, env)).toBe(expected)
  })

  test.each<[string, string, boolean]>([
    ["https://hub.co/x", "hub.co", true],
    ["https://hub.co/x", "HUB.CO", true],
    ["https://cdn.hub.co/x", "hub.co", true],
    ["https://cdn.hub.co/x", ".hub.co", true],
    ["https://cdn.hub.co/x", "*.hub.co", true],
    ["https://thub.co/x", "hub.co", false],
    ["https://hub.co/x", "localhost, hub.co", true],
    ["https://hub.co/x", "localhost hub.co", true],
    ["https://hub.co/x", "*", true],
    ["https://hub.co/x", "", false],
    ["https://hub.co/x", "hub.co:443", true],
    ["https://hub.co:8443/x", "hub.co:443", false],
    ["https://hub.co:8443/x", "hub.co:8443", true],
    ["http://10.1.2.3/x", "10.0.0.0/8", true],
    ["http://11.1.2.3/x", "10.0.0.0/8", false],
    ["http://10.1.2.3/x", "10.0.0.0/99", false],
    ["http://10.1.2.3/x", "1.2.3", false],
    ["http://[fd00::1]/x", "fd00::/8", true],
    ["http://[::1]:80/x", "::1", true],
    ["http://[::1]:80/x", "[::1]:80", true],
  ])("%s is exempt by %j: %s", async (address, list, exempt) => {
    const env = { HTTPS_PROXY: proxy, http_proxy: proxy, no_proxy: list }
    expect(await over(address, env)).toBe(exempt ? undefined : proxy)
  })

  test("of another kind is refused, without showing its password", async () => {
    const env = { ALL_PROXY: "socks5://me:secret@proxy:1080" }
    const refused = over("https://hub.co", env)
    await expect(refused).rejects.toThrow(/not an HTTP proxy: socks5:\/\/proxy:1080\n/)
  })
})

/** A proxy for both ways: whole addresses, and tunnels. */
async function startProxy(login?: string) {
  const seen: string[] = []
  const isRefused = (given: string | undefined) =>
    login !== undefined && given !== `Basic ${Buffer.from(login).toString("base64")}`
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (isRefused(request.headers["proxy-authorization"])) {
      response.writeHead(407, { "content-type": "text/html" }).end("<html>login</html>")
      return
    }
    const { method, headers } = request
    const upstream = ask(request.url!, { method: method!, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    upstream.end()
  })
  server.on("connect", (request, client) => {
    seen.push(`CONNECT ${request.url}`)
    if (isRefused(request.headers["proxy-authorization"])) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
      return
    }
    const [host, port] = request.url!.split(":")
    const target = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n")
      target.pipe(client).pipe(target)
    })
    target.on("error", () => client.destroy())
    client.on("error", () => target.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { host: `127.0.0.1:${port}`, seen, close }
}

let home: string
let open: { close(): Promise<unknown> }[]
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "tubelet-proxy-"))
  open = []
})
afterEach(async () => {
  for (const server of open) await server.close()
  await rm(home, { recursive: true })
})

const weights = new TextEncoder().encode("weights")

async function started(login?: string) {
  const [hub, through] = [await startHub({ "model.safetensors": weights }), await startProxy(login)]
  open.push(hub, through)
  return { hub, through, env: { HF_HOME: home, HF_ENDPOINT: hub.endpoint } }
}

describe("a model from the hub through a proxy", () => {
  test("is downloaded through it, with the token sent to the hub alone", async () => {
    const { hub, through, env } = await started("me:p@ss")
    const HTTP_PROXY = `http://me:p%40ss@${through.host}`
    const path = await hubWeights("hf:owner/name", { env: { ...env, HTTP_PROXY, HF_TOKEN: "x" } })
    expect(new Uint8Array(await readFile(path))).toEqual(weights)
    expect(through.seen.length).toBe(hub.asked.length)
    expect(through.seen[0]).toMatch(/^GET http:\/\/127.*\/api\/models\/owner\/name/)
    const told = hub.asked.map(({ server, authorization }) => [server, authorization])
    expect(told).toContainEqual(["hub", "Bearer x"])
    expect(told).toContainEqual(["cdn", undefined])
  })

  test("bypasses it if NO_PROXY says so", async () => {
    const { through, env } = await started()
    const proxied = { ...env, HTTP_PROXY: `http://${through.host}`, NO_PROXY: "127.0.0.0/8" }
    await hubWeights("hf:owner/name", { env: proxied })
    expect(through.seen).toEqual([])
  })

  test.each(["http", "https"])(
    "that requires a login is reported as such, %s",
    async (protocol) => {
      const { through, env } = await started("me:secret")
      const [HTTP_PROXY, HTTPS_PROXY] = [`http://${through.host}`, `http://me:x@${through.host}`]
      const HF_ENDPOINT = env.HF_ENDPOINT.replace("http:", `${protocol}:`)
      const asked = hubWeights("hf:owner/name", {
        env: { ...env, HF_ENDPOINT, HTTP_PROXY, HTTPS_PROXY },
      })
      await expect(asked).rejects.toThrow(/proxy.* requires a login/)
      await expect(asked).rejects.not.toThrow(/me:x/)
    },
  )

  test("that is unreachable is named", async () => {
    const { env } = await started()
    const asked = hubWeights("hf:owner/name", { env: { ...env, HTTP_PROXY: "127.0.0.1:1" } })
    await expect(asked).rejects.toThrow(
      /cannot be reached through the proxy 127.0.0.1:1: ECONNREFUSED/,
    )
  })
})

describe("a response that is not the hub's", () => {
  const page = "<!doctype html><title>Log in</title>"
  test.each<[string, number, Record<string, string>, string, RegExp]>([
    ["a page", 200, { "content-type": "text/html; charset=utf-8" }, page, /returned an HTML page/],
    ["a page without a content type", 200, {}, `\n${page}`, /returned an HTML page/],
    ["a page that refuses", 403, { "content-type": "text/html" }, page, /returned an HTML page/],
    ["a network's login", 511, {}, "", /returned an HTML page/],
    ["text", 200, {}, "hello", /did not return a JSON object\ncheck HF_ENDPOINT/],
    ["a list", 200, {}, "[]", /did not return a JSON object/],
    ["other JSON", 200, {}, "{}", /did not return a commit/],
  ])("%s is identified", async (_, status, headers, body, reason) => {
    const server = createServer((_, response) => response.writeHead(status, headers).end(body))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    open.push({ close: () => new Promise((resolve) => server.close(resolve)) })
    const HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const asked = hubWeights("hf:owner/name", { env: { HF_HOME: home, HF_ENDPOINT } })
    await expect(asked).rejects.toThrow(reason)
  })
})
