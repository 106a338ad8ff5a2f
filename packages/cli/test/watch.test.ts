import {
  appendFile,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises"
import { request } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import type { ReadableStream } from "node:stream/web"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { LogReader } from "../src/watch/log-reader.js"
import { openOwn } from "../src/watch/own-file.js"
import { servePage, type WatchPage } from "../src/watch/server.js"
import { logLines, makeRun } from "./support/watched.js"

let folder: string
let page: WatchPage
let url: URL
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-watch-"))
  await makeRun(at("runs", "a b"), 3)
  await makeRun(at("runs", ".hidden"), 3)
  await makeRun(at("other"), 3)
  await mkdir(at("runs", "a b", "look"))
  const pictures = ["secret.png", "runs/a b/look/50%.png", "runs/a b/.hidden.png", "runs/loose.png"]
  for (const name of [...pictures, "runs/a b/model.safetensors"]) await writeFile(at(name), name)
  await symlink(at("secret.png"), at("runs", "a b", "link.png"))
  await symlink(at("other"), at("runs", "linked"))
  await mkdir(at("runs", "c"))
  await symlink(at("other", "metrics.jsonl"), at("runs", "c", "metrics.jsonl"))
  page = await servePage(at("runs"))
  url = new URL(page.address)
})
afterAll(async () => {
  await page?.close("over")
  await rm(folder, { recursive: true, force: true })
})

interface Asked {
  readonly method?: string
  readonly token?: string | null
  readonly headers?: Record<string, string>
}

/** Asks for a path exactly as it is written. */
function ask(path: string, { method = "GET", token = own(), headers = {} }: Asked = {}) {
  const query = token === null ? "" : `?token=${encodeURIComponent(token)}`
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const options = { host: "127.0.0.1", port: url.port, path: path + query, method, headers }
      const asked = request(options, async (response) => {
        const body = path === "/events" && response.statusCode === 200 ? "" : await text(response)
        resolve({ status: response.statusCode!, headers: response.headers, body })
        response.destroy()
      })
      asked.on("error", reject).end()
    },
  )
}
const own = () => url.searchParams.get("token")!

describe("the page is only for those who have its address", () => {
  const paths = ["/", "/events", "/pictures/a%20b/look/50%25.png"]

  test("it listens on 127.0.0.1, with a token that cannot be guessed", () => {
    expect(url.hostname).toBe("127.0.0.1")
    expect(Buffer.from(own(), "base64url").length).toBeGreaterThanOrEqual(16)
  })

  test.each(paths)("%s is answered, and is neither stored nor framed", async (path) => {
    const { status, headers } = await ask(path)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
    })
    expect(headers["access-control-allow-origin"]).toBeUndefined()
    if (path !== "/") return
    expect(headers["content-security-policy"]).toContain("default-src 'none'")
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'")
  })

  test.each(paths)("%s refuses a missing and a wrong token", async (path) => {
    const wrong = own().replace(/.$/, (last) => (last === "A" ? "B" : "A"))
    for (const token of [null, "", wrong, own().slice(1), `${own()}x`, own().toUpperCase()])
      expect((await ask(path, { token })).status, `${token}`).toBe(401)
  })

  test.each(paths)("%s refuses another host (DNS rebinding)", async (path) => {
    const { port } = url
    const hosts = ["evil.example", `evil.example:${port}`, `127.0.0.1.evil.example:${port}`]
    for (const host of [...hosts, "127.0.0.1", "127.0.0.1:1", `127.0.0.2:${port}`])
      expect((await ask(path, { headers: { host } })).status, host).toBe(403)
    const named = { headers: { host: `localhost:${port}` } }
    expect((await ask(path, named)).status).toBe(200)
  })

  test.each(paths)("%s refuses another origin", async (path) => {
    const { port, origin } = url
    const others = [
      "http://evil.example",
      "null",
      `https://127.0.0.1:${port}`,
      "http://127.0.0.1:1",
    ]
    for (const other of others)
      expect((await ask(path, { headers: { origin: other } })).status, other).toBe(403)
    expect((await ask(path, { headers: { origin } })).status).toBe(200)
  })

  test.each(["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])(
    "%s is refused",
    async (method) => {
      for (const path of paths) {
        const { status, headers } = await ask(path, { method })
        expect(status).toBe(405)
        expect(headers.allow).toBe("GET")
      }
    },
  )

  test("a request for another site, as to a proxy, is refused", async () => {
    const socket = connect(Number(url.port), "127.0.0.1")
    const line = `GET http://evil.example/?token=${own()} HTTP/1.1`
    socket.end(`${line}\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`)
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /)
  })
})

describe("only a run's own files are served", () => {
  test("a picture of a run", async () => {
    const { body, headers } = await ask("/pictures/a%20b/look/50%25.png")
    expect(body).toBe("runs/a b/look/50%.png")
    expect(headers["content-type"]).toBe("image/png")
  })

  test.each([
    ["/pictures/../secret.png", "out of the folder"],
    ["/pictures/..%2fsecret.png", "out of it, encoded"],
    ["/pictures/%2e%2e/secret.png", "out of it, with encoded dots"],
    ["/pictures/%2e%2e%2fsecret.png", "out of it, all encoded"],
    ["/pictures/%252e%252e%252fsecret.png", "out of it, encoded twice"],
    ["/pictures/..%5csecret.png", "out of it, with a backslash"],
    ["/pictures/a%20b/../../secret.png", "out of a run"],
    ["/pictures/a%20b/..%2f..%2fsecret.png", "out of a run, encoded"],
    ["/pictures/a%20b/look/..%2flook%2f50%25.png", "back to a picture"],
    ["/pictures/%2fetc%2fpasswd", "an absolute path"],
    ["/pictures//etc/passwd", "an empty name"],
    ["/pictures/a%20b/look/50%25.png%00.png", "a zero byte"],
    ["/pictures/%E0%A4%A", "a broken code"],
    ["/pictures/a%20b/link.png", "a link to a picture"],
    ["/pictures/linked/look.png", "a link to a folder"],
    ["/pictures/a%20b/.hidden.png", "a hidden file"],
    ["/pictures/.hidden/metrics.jsonl", "a hidden folder"],
    ["/pictures/a%20b/model.safetensors", "weights"],
    ["/pictures/a%20b/metrics.jsonl", "a log"],
    ["/pictures/loose.png", "a picture of no run"],
    ["/pictures/a%20b/look", "a folder"],
    ["/package.json", "another path"],
  ])("not %s: %s", async (path) => {
    expect((await ask(path)).status).toBe(404)
  })

  test.each([
    ["runs/a b/look/50%.png", true],
    ["runs/a b/link.png", false],
    ["runs/linked/metrics.jsonl", false],
    ["runs/c/metrics.jsonl", false],
    ["runs/.hidden/metrics.jsonl", false],
    ["runs/../secret.png", false],
    ["../etc/passwd", false],
    ["/etc/passwd", false],
    ["runs/a b/look", false],
    ["runs/a b/nowhere", false],
  ])("%s is a file of the folder: %s", async (path, own) => {
    const file = await openOwn(await realpath(folder), path)
    await file?.close()
    expect(file !== undefined).toBe(own)
  })

  test("events tell of runs that no link leads to, with their steps", async () => {
    const events = await eventsUntil((all) => all.some(({ event }) => event === "metrics"))
    const [{ data }] = events.filter(({ event }) => event === "runs")
    expect(data).toMatchObject([
      { name: "a b", steps: 200, pictures: [{ path: "a b/look/50%.png" }] },
    ])
    const metrics = events.filter(({ event }) => event === "metrics")
    expect(metrics).toHaveLength(1)
    expect(metrics[0].data).toMatchObject({
      run: "a b",
      metrics: logLines(3)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    })
  })
})

interface Event {
  readonly event: string
  readonly data: unknown
}

/** The events of the page until there is enough, or the stream ends. */
async function eventsUntil(enough: (all: Event[]) => boolean, from = page): Promise<Event[]> {
  const address = new URL(from.address)
  address.pathname = "/events"
  const { body } = await fetch(address)
  const all: Event[] = []
  let rest = ""
  for await (const part of Readable.fromWeb(body as ReadableStream).setEncoding("utf8")) {
    const messages = (rest + part).split("\n\n")
    rest = messages.pop()!
    for (const message of messages) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(message)!
      all.push({ event, data: JSON.parse(data) })
    }
    if (enough(all)) break
  }
  return all
}

test("a page that is open gets what is left when the watching ends", async () => {
  const run = at("ending")
  const watched = await servePage(run)
  const events = eventsUntil(() => false, watched)
  await makeRun(run, 5)
  await watched.close("it has ended")
  const all = await events
  const steps = all.flatMap(({ event, data }) =>
    event === "metrics" ? (data as { metrics: { step: number }[] }).metrics : [],
  )
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5])
  expect(all.at(-1)).toEqual({ event: "ended", data: "it has ended" })
  await expect(fetch(watched.address)).rejects.toThrow()
})

describe("a log is read as it grows", () => {
  const log = () => at("log", "metrics.jsonl")
  const stepsOf = async (reader: LogReader, most?: number) => {
    const news = await reader.read(most)
    return news && { restarted: news.restarted, steps: news.metrics.map(({ step }) => step) }
  }
  const start = async (lines: string) => {
    await mkdir(at("log"), { recursive: true })
    await writeFile(log(), lines)
    return new LogReader(folder, "log/metrics.jsonl")
  }

  test("each line once, a line cut short when it is complete", async () => {
    const reader = await start(logLines(3))
    expect(await stepsOf(reader)).toEqual({ restarted: false, steps: [1, 2, 3] })
    expect(await stepsOf(reader)).toBeUndefined()
    await appendFile(log(), '{"step":4,')
    expect(await stepsOf(reader)).toBeUndefined()
    await appendFile(log(), '"loss":1}\n')
    expect(await stepsOf(reader)).toEqual({ restarted: false, steps: [4] })
  })

  test("a line that gets its scores comes again", async () => {
    const [one, two] = logLines(2).split(/(?<=\n)/)
    const reader = await start(one + two)
    await reader.read()
    await writeFile(log(), `${one}${JSON.stringify({ ...JSON.parse(two), scores: { top1: 1 } })}\n`)
    const news = await reader.read()
    expect(news).toMatchObject({ restarted: false, metrics: [{ step: 2, scores: { top1: 1 } }] })
    expect(await stepsOf(reader)).toBeUndefined()
  })

  test("a log that was cut back is read anew", async () => {
    const reader = await start(logLines(9))
    await reader.read()
    await truncate(log(), logLines(2).length)
    expect(await stepsOf(reader)).toEqual({ restarted: true, steps: [1, 2] })
    await appendFile(log(), logLines(2, 0, 3))
    expect(await stepsOf(reader)).toEqual({ restarted: false, steps: [3, 4] })
    await truncate(log(), 0)
    expect(await stepsOf(reader)).toEqual({ restarted: true, steps: [] })
    expect(await stepsOf(reader)).toBeUndefined()
  })

  test("a long log comes in parts, and damaged lines are left out", async () => {
    const reader = await start(`${logLines(4)}no line\n${logLines(3, 0, 5)}null\n`)
    const steps: number[] = []
    for (let news = await reader.read(700); news; news = await reader.read(700)) {
      expect(news.restarted).toBe(false)
      steps.push(...news.metrics.map(({ step }) => step))
    }
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7])
  })
})
