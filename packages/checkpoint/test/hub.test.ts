import type { ChildProcess } from "node:child_process"
import { appendFileSync } from "node:fs"
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  writeFile,
} from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { parseHubReference } from "../src/hub/reference.js"
import {
  encodeSafetensors,
  fromFloats,
  type HubProgress,
  hubWeights,
  openCheckpoint,
  writeModel,
} from "../src/index.js"
import { ask, kill, startChild } from "./child.js"
import { commit, startHub } from "./hub-server.js"

let home: string
let hub: Awaited<ReturnType<typeof startHub>>
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "tubelet-hub-"))
})
afterEach(async () => {
  await hub?.close()
  await rm(home, { recursive: true })
})

const weights = await encodeSafetensors({
  "norm.weight": fromFloats(
    [50_000],
    Float32Array.from({ length: 50_000 }, (_, i) => i),
  ),
})
const config = new TextEncoder().encode('{"model_type":"videomae"}')
const files = { "config.json": config, "model.safetensors": weights, "pytorch_model.bin": config }

const env = (more: Record<string, string> = {}) => ({
  HF_HOME: home,
  HF_ENDPOINT: hub.endpoint,
  HF_HUB_DOWNLOAD_TIMEOUT: "5",
  ...more,
})
const root = () => join(home, "hub", "models--owner--name")

describe("a model on the hub", () => {
  test("is cached in huggingface_hub's layout, with its config, and downloaded once", async () => {
    hub = await startHub(files)
    const path = await hubWeights("hf:owner/name", { env: env() })
    expect(path).toBe(join(root(), "snapshots", commit, "model.safetensors"))
    expect(new Uint8Array(await readFile(path))).toEqual(weights)
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
    expect(await readlink(path)).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/)
    expect(await readFile(join(root(), "refs", "main"), "utf8")).toBe(commit)
    expect((await readdir(join(root(), "snapshots", commit))).sort()).toEqual([
      "config.json",
      "model.safetensors",
    ])
    expect(await readdir(join(root(), "blobs"))).toHaveLength(2)
    const before = hub.asked.length
    expect(await hubWeights("hf:owner/name", { env: env() })).toBe(path)
    expect(hub.asked.slice(before).map(({ url }) => url)).toEqual([
      "/api/models/owner/name/revision/main",
    ])
  })

  test("opens like any checkpoint, and reports progress", async () => {
    hub = await startHub(files)
    const seen: HubProgress[] = []
    const onProgress = (progress: HubProgress) => seen.push(progress)
    const file = await openCheckpoint("hf:owner/name", { env: env(), onProgress })
    expect((await file.floats("norm.weight"))[49_999]).toBe(49_999)
    await file.close()
    const { length } = weights
    expect(seen.at(-1)).toEqual({
      file: "model.safetensors",
      receivedBytes: length,
      totalBytes: length,
    })
  })

  test("is downloaded with all its shards", async () => {
    const folder = join(home, "set")
    const tensors = Object.fromEntries(
      ["a", "b", "c"].map((name) => [name, fromFloats([4], new Float32Array(4))]),
    )
    await writeModel(folder, tensors, { maxShardBytes: 16 })
    const names = await readdir(folder)
    const contents = await Promise.all(names.map((name) => readFile(join(folder, name))))
    hub = await startHub(Object.fromEntries(names.map((name, i) => [name, contents[i]])))
    const file = await openCheckpoint("hf:owner/name@main", { env: env() })
    expect(file.names).toEqual(["a", "b", "c"])
    await file.close()
  })

  test("uses pytorch_model.bin if there is nothing better, or a file by name", async () => {
    hub = await startHub({ "pytorch_model.bin": weights, "deep/other.pth": config })
    expect(await hubWeights("hf:owner/name", { env: env() })).toMatch(/pytorch_model\.bin$/)
    expect(await hubWeights("hf:owner/name:deep/other.pth", { env: env() })).toBe(
      join(root(), "snapshots", commit, "deep", "other.pth"),
    )
  })
})

describe("a lost connection", () => {
  test("resumes where it was lost", async () => {
    hub = await startHub(files)
    hub.behaviour.dropAfter = 90_000
    const path = await hubWeights("hf:owner/name", { env: env() })
    expect(new Uint8Array(await readFile(path))).toEqual(weights)
    const ranges = hub.asked.filter(({ server }) => server === "cdn").map(({ range }) => range)
    expect(ranges.length).toBeGreaterThanOrEqual(3)
    expect(ranges[0]).toBeUndefined()
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
  })

  test("starts over if the server does not support ranges", async () => {
    hub = await startHub(files)
    hub.behaviour.dropAfter = 90_000
    hub.behaviour.ignoreRange = true
    setTimeout(() => {
      hub.behaviour.dropAfter = Number.POSITIVE_INFINITY
    }, 150)
    const path = await hubWeights("hf:owner/name", { env: env() })
    expect(new Uint8Array(await readFile(path))).toEqual(weights)
  })

  test("or a busy server is retried", async () => {
    hub = await startHub(files)
    hub.behaviour.failures = [503, 429]
    const path = await hubWeights("hf:owner/name", { env: env() })
    expect(new Uint8Array(await readFile(path))).toEqual(weights)
    expect(hub.asked.filter(({ server }) => server === "cdn")).toHaveLength(3)
  })

  test("that times out is reported", async () => {
    hub = await startHub(files)
    hub.behaviour.delay = 10_000
    const quick = env({ HF_HUB_DOWNLOAD_TIMEOUT: "0.05" })
    await expect(hubWeights("hf:owner/name", { env: quick })).rejects.toThrow(
      /cannot be reached: the request timed out/,
    )
    expect(hub.asked.filter(({ server }) => server === "cdn").length).toBeGreaterThan(1)
  })

  test("of a killed process is resumed, and its lock taken over", async () => {
    hub = await startHub(files)
    await hubWeights("hf:owner/name:config.json", { env: env() })
    const blob = join(root(), "blobs", await sha256(weights))
    await writeFile(`${blob}.tubelet-incomplete`, weights.subarray(0, 1000))
    await writeFile(`${blob}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }))
    await hubWeights("hf:owner/name", { env: env() })
    expect(hub.asked.at(-1)).toMatchObject({ server: "cdn", range: "bytes=1000-" })
    expect(await readdir(join(root(), "blobs"))).toHaveLength(2)
  })
})

test("a complete cache is not written to", async () => {
  hub = await startHub(files)
  await hubWeights("hf:owner/name", { env: env() })
  const ref = join(root(), "refs", "main")
  const before = await stat(ref)
  await hubWeights("hf:owner/name", { env: env() })
  const after = await stat(ref)
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs])
})

test("two concurrent calls download once", async () => {
  hub = await startHub(files)
  const both = [1, 2].map(() => hubWeights("hf:owner/name", { env: env() }))
  const [a, b] = await Promise.all(both)
  expect(a).toBe(b)
  expect(hub.asked.filter(({ server }) => server === "cdn")).toHaveLength(1)
})

describe("several concurrent processes", () => {
  const start = (count: number) =>
    Promise.all(Array.from({ length: count }, () => startChild("hub-fetcher.mjs")))
  const fetchBy = (child: ChildProcess) =>
    ask(child, { reference: "hf:owner/name:model.safetensors", env: env() })
  const ranges = () => hub.asked.filter(({ server }) => server === "cdn").map(({ range }) => range)

  test("download once", async () => {
    hub = await startHub(files)
    hub.behaviour.delay = 300
    const children = await start(3)
    const paths = await Promise.all(children.map(fetchBy))
    expect(new Set(paths).size).toBe(1)
    expect(new Uint8Array(await readFile(paths[0]))).toEqual(weights)
    expect(ranges()).toEqual([undefined])
    await Promise.all(children.map(kill))
    expect(await readdir(join(root(), "blobs"))).toHaveLength(2)
  })

  test("show the downloader's progress, and resume its download if it is killed", async () => {
    hub = await startHub(files)
    hub.behaviour.stopAfter = 90_000
    const [first] = await start(1)
    void fetchBy(first)
    const seen: HubProgress[] = []
    let killed: Promise<void> | undefined
    const onProgress = (progress: HubProgress) => {
      if (progress.file !== "model.safetensors") return
      seen.push(progress)
      if (progress.receivedBytes < 90_000) return
      hub.behaviour.stopAfter = Number.POSITIVE_INFINITY
      killed ??= kill(first)
    }
    while (ranges().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const path = await hubWeights("hf:owner/name", { env: env(), onProgress })
    await killed
    expect(new Uint8Array(await readFile(path))).toEqual(weights)
    expect(ranges()).toEqual([undefined, "bytes=90000-"])
    expect(seen.at(-1)!.receivedBytes).toBe(weights.length)
  })
})

test("content that does not match the hub's hash is discarded", async () => {
  hub = await startHub(files)
  hub.behaviour.corrupt = true
  await expect(hubWeights("hf:owner/name", { env: env() })).rejects.toThrow(
    /model.safetensors of owner\/name does not match the hub's size or hash/,
  )
  hub.behaviour.corrupt = false
  const path = await hubWeights("hf:owner/name", { env: env() })
  expect(new Uint8Array(await readFile(path))).toEqual(weights)
})

test("a file that another process has written to is discarded", async () => {
  hub = await startHub(files)
  const partial = join(root(), "blobs", `${await sha256(weights)}.tubelet-incomplete`)
  let meddled = false
  const onProgress = ({ file, receivedBytes }: HubProgress) => {
    if (file !== "model.safetensors" || receivedBytes === 0 || meddled) return
    meddled = true
    appendFileSync(partial, "more")
  }
  await expect(hubWeights("hf:owner/name", { env: env(), onProgress })).rejects.toThrow(
    /does not match the hub's size or hash/,
  )
  const path = await hubWeights("hf:owner/name", { env: env() })
  expect(new Uint8Array(await readFile(path))).toEqual(weights)
})

describe("the token", () => {
  test("is sent to the endpoint's host only", async () => {
    hub = await startHub(files)
    await hubWeights("hf:owner/name", { env: env({ HF_TOKEN: "hf_secret" }) })
    for (const { server, authorization } of hub.asked) {
      expect(authorization).toBe(server === "hub" ? "Bearer hf_secret" : undefined)
    }
    expect(hub.asked.some(({ server }) => server === "cdn")).toBe(true)
  })

  test("is read from HF_HOME, unless implicit tokens are disabled", async () => {
    hub = await startHub(files)
    await writeFile(join(home, "token"), "hf_stored\n")
    await hubWeights("hf:owner/name:config.json", { env: env() })
    expect(hub.asked[0].authorization).toBe("Bearer hf_stored")
    await hubWeights("hf:owner/name", { env: env({ HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }) })
    expect(hub.asked.at(-1)!.authorization).toBeUndefined()
  })
})

describe("offline", () => {
  test("the cache is used, by HF_HUB_OFFLINE or if the hub is unreachable", async () => {
    hub = await startHub(files)
    const path = await hubWeights("hf:owner/name", { env: env() })
    const asked = hub.asked.length
    expect(await hubWeights("hf:owner/name", { env: env({ HF_HUB_OFFLINE: "1" }) })).toBe(path)
    expect(hub.asked).toHaveLength(asked)
    await hub.close()
    expect(await hubWeights("hf:owner/name", { env: env() })).toBe(path)
    expect(await hubWeights(`hf:owner/name@${commit}`, { env: env() })).toBe(path)
    await expect(hubWeights("hf:owner/other", { env: env() })).rejects.toThrow(
      /owner\/other is not in the cache, and http.* cannot be reached: ECONNREFUSED/,
    )
  })

  test.each([500, 503, 429])("the cache is used if the hub answers %i", async (status) => {
    hub = await startHub(files)
    const path = await hubWeights("hf:owner/name", { env: env() })
    hub.behaviour.refuse = { status }
    expect(await hubWeights("hf:owner/name", { env: env() })).toBe(path)
  })

  test("weights of any name are found, but not if their content is gone", async () => {
    hub = await startHub({ "deep/only.pth": weights, "config.json": config })
    const path = await hubWeights("hf:owner/name", { env: env() })
    const offline = { env: env({ HF_HUB_OFFLINE: "1" }) }
    expect(await hubWeights("hf:owner/name", offline)).toBe(path)
    await rm(join(root(), "blobs", await sha256(weights)))
    await expect(hubWeights("hf:owner/name", offline)).rejects.toThrow(/not in the cache/)
  })

  test("a missing model is an error that says what to do", async () => {
    hub = await startHub(files)
    await expect(
      hubWeights("hf:owner/name", { env: env({ HF_HUB_OFFLINE: "1" }) }),
    ).rejects.toThrow(/not in the cache, and HF_HUB_OFFLINE is set\ndownload it once/)
  })
})

describe("a refusal is explained", () => {
  test.each<[{ status: number; code?: string }, Record<string, string>, RegExp]>([
    [{ status: 401 }, {}, /does not exist, or is private\n.*set HF_TOKEN/],
    [{ status: 401 }, { HF_TOKEN: "x" }, /rejected your token.*\ncheck HF_TOKEN/],
    [{ status: 403, code: "GatedRepo" }, {}, /is gated.*\naccept them at http.*owner\/name/],
    [{ status: 401, code: "GatedRepo" }, {}, /is gated/],
    [{ status: 404, code: "RevisionNotFound" }, {}, /no revision "main"/],
    [{ status: 404 }, {}, /no such model in owner\/name/],
    [{ status: 500 }, {}, /answered 500/],
  ])("%j", async (refuse, more, reason) => {
    hub = await startHub(files)
    hub.behaviour.refuse = refuse
    await expect(hubWeights("hf:owner/name", { env: env(more) })).rejects.toThrow(reason)
  })

  test("a missing file, and several files to choose from", async () => {
    hub = await startHub({ "a.pth": config, "b.pth": config })
    await expect(hubWeights("hf:owner/name:c.pth", { env: env() })).rejects.toThrow(
      /has no c.pth\nchoose one with hf:owner\/name:FILE: a.pth, b.pth/,
    )
    await expect(hubWeights("hf:owner/name", { env: env() })).rejects.toThrow(/has no model.safe/)
  })
})

test("file names that escape the folder are ignored", async () => {
  hub = await startHub({ "../../../outside.pth": config, "model.safetensors": weights })
  await expect(hubWeights("hf:owner/name:../../../outside.pth", { env: env() })).rejects.toThrow(
    /does not name a model on the hub/,
  )
  await hubWeights("hf:owner/name", { env: env() })
  await mkdir(join(home, "hub"), { recursive: true })
  expect(await readdir(home)).toEqual(["hub"])
})

test("references", () => {
  expect(parseHubReference("hf:a/b")).toEqual({ repository: "a/b", revision: "main" })
  expect(parseHubReference("hf:a/b@v1.0:x/y.pth")).toEqual({
    repository: "a/b",
    revision: "v1.0",
    file: "x/y.pth",
  })
  expect(parseHubReference("hf:gpt2@refs/pr/1").revision).toBe("refs/pr/1")
  for (const bad of ["hf:", "hf:a/b/c", "hf:../b", "hf:a/b@", "hf:a/b@../x", "hf:a/b:/etc/x"]) {
    expect(() => parseHubReference(bad)).toThrow(/does not name a model on the hub/)
  }
})

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as BufferSource)
  return Buffer.from(digest).toString("hex")
}
