import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { takeLock } from "../src/files/lock.js"
import { withLock } from "../src/files/wait-lock.js"
import { ask, kill, startChild } from "./child.js"

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-lock-"))
  path = join(folder, ".lock")
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test("of several processes, one gets a free lock or a dead one's", async () => {
  const [dead, ...rest] = await Promise.all(
    Array.from({ length: 5 }, () => startChild("lock-taker.mjs")),
  )
  const locks = Array.from({ length: 60 }, (_, i) => join(folder, `${i}.lock`))
  for (const lock of locks.slice(0, 30)) expect(await ask(dead, lock)).toBe("taken")
  await kill(dead)
  for (const lock of locks) {
    const replies = await Promise.all(rest.map((child) => ask(child, lock)))
    expect(replies.filter((reply) => reply === "taken")).toHaveLength(1)
    for (const reply of replies)
      expect(reply).toMatch(/^taken$|^process \d+ is writing to this folder/)
  }
  await Promise.all(rest.map(kill))
  expect((await readdir(folder)).sort()).toEqual(
    locks.map((l) => l.slice(folder.length + 1)).sort(),
  )
})

const heldBy = async (change: object) => {
  const release = await takeLock(path)
  const held = JSON.parse(await readFile(path, "utf8"))
  await release()
  const text = JSON.stringify({ ...held, token: "before", ...change })
  await writeFile(path, text)
  return text
}

describe("a lock", () => {
  test("is refused while it is held, even by this process, and free afterwards", async () => {
    const release = await takeLock(path)
    await expect(takeLock(path)).rejects.toThrow(`process ${process.pid} is writing to this folder`)
    await release()
    expect(await readdir(folder)).toEqual([])
    await (await takeLock(path))()
  })

  test.each([
    ["of a process that has ended", { pid: 2 ** 22 + 1 }],
    ["of a process whose id was reused", { began: "long ago" }],
    ["of a process on another machine", { host: `not-${hostname()}` }],
  ])("%s is taken over", async (_, change) => {
    await heldBy(change)
    await takeLock(path)
    expect(JSON.parse(await readFile(path, "utf8")).pid).toBe(process.pid)
  })

  test.each(["", "{", "null", "[]", '{ "pid": 1 }'])(
    "that contains %o is taken over",
    async (text) => {
      await writeFile(path, text)
      await takeLock(path)
      expect(await readdir(folder)).toEqual([".lock"])
    },
  )

  test("is taken over even if an earlier takeover was killed halfway", async () => {
    for (const text of [await heldBy({ pid: 2 ** 22 + 1 }), "cut sho"]) {
      const token = text.startsWith("{") ? "before" : "unknown"
      await writeFile(path, text)
      await writeFile(join(folder, `.lock~after-${token}`), text)
      await (await takeLock(path))()
      expect(await readdir(folder)).toEqual([])
    }
  })

  test("that another process has taken since is not removed", async () => {
    const release = await takeLock(path)
    await writeFile(path, JSON.stringify({ token: "another", pid: 1, host: "elsewhere" }))
    await release()
    expect(await readdir(folder)).toEqual([".lock"])
  })
})

describe("waiting processes", () => {
  test("get a lock one after the other, even a dead one's", async () => {
    const counter = join(folder, "counter")
    await writeFile(counter, "0")
    await heldBy({ pid: 2 ** 22 + 1 })
    const children = await Promise.all([1, 2, 3].map(() => startChild("lock-waiter.mjs")))
    await Promise.all(children.map((child) => ask(child, { lock: path, counter, times: 20 })))
    expect(await readFile(counter, "utf8")).toBe("60")
    await Promise.all(children.map(kill))
    expect(await readdir(folder)).toEqual(["counter"])
  })

  test("get a lock after its holder's work fails, and are told to wait", async () => {
    let second: Promise<string> | undefined
    const failed = withLock(path, async () => {
      await new Promise<void>((resolve) => {
        second = withLock(path, async () => "yes", { onWait: resolve })
      })
      throw new Error("no")
    })
    await expect(failed).rejects.toThrow("no")
    expect(await second).toBe("yes")
  })

  test("wait for another machine as long as its lock has heartbeats", async () => {
    await heldBy({ host: `not-${hostname()}` })
    let waits = 0
    const onWait = async () => {
      if (++waits < 12) await utimes(path, waits, waits)
    }
    // Touched before each look, it is held however long a look takes.
    await withLock(path, async () => {}, { onWait, silence: 1 })
    expect(waits).toBeGreaterThanOrEqual(12)
  })
})
