import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { takeLock } from "../src/files/lock.js"

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-lock-"))
  path = join(folder, ".lock")
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const taker = fileURLToPath(new URL("./lock-taker.mjs", import.meta.url))

async function startTaker(): Promise<ChildProcess> {
  const child = fork(taker)
  await once(child, "message")
  return child
}

async function ask(child: ChildProcess, lock: string): Promise<string> {
  const reply = once(child, "message")
  child.send(lock)
  return (await reply)[0]
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit")
  child.kill("SIGKILL")
  await exit
}

test("one of several processes that start together gets the lock, dead or free", async () => {
  const [dead, ...rest] = await Promise.all(Array.from({ length: 5 }, startTaker))
  const locks = Array.from({ length: 60 }, (_, i) => join(folder, `${i}.lock`))
  for (const lock of locks.slice(0, 30)) expect(await ask(dead, lock)).toBe("taken")
  await kill(dead)
  for (const lock of locks) {
    const replies = await Promise.all(rest.map((child) => ask(child, lock)))
    expect(replies.filter((reply) => reply === "taken")).toHaveLength(1)
    for (const reply of replies) expect(reply).toMatch(/^taken$|another run \(process \d+\)/)
  }
  await Promise.all(rest.map(kill))
  expect((await readdir(folder)).sort()).toEqual(
    locks.map((l) => l.slice(folder.length + 1)).sort(),
  )
}, 60_000)

describe("a lock", () => {
  test("is refused while it is held, by this process too, and free afterwards", async () => {
    const release = await takeLock(path)
    await expect(takeLock(path)).rejects.toThrow(`another run (process ${process.pid})`)
    await release()
    expect(await readdir(folder)).toEqual([])
    await (await takeLock(path))()
  })

  const heldBy = async (change: object) => {
    const release = await takeLock(path)
    const held = JSON.parse(await readFile(path, "utf8"))
    await release()
    const text = JSON.stringify({ ...held, token: "before", ...change })
    await writeFile(path, text)
    return text
  }

  test.each([
    ["whose process is gone", { pid: 2 ** 22 + 1 }],
    ["whose process's id another has by now", { began: "long ago" }],
    ["of another machine", { host: `not-${hostname()}` }],
  ])("%s is taken over", async (_, change) => {
    await heldBy(change)
    await takeLock(path)
    expect(JSON.parse(await readFile(path, "utf8")).pid).toBe(process.pid)
  })

  test.each(["", "{", "null", "[]", '{ "pid": 1 }'])("that says %o is taken over", async (text) => {
    await writeFile(path, text)
    await takeLock(path)
    expect(await readdir(folder)).toEqual([".lock"])
  })

  test("is taken over although who did so before was killed in the middle", async () => {
    for (const text of [await heldBy({ pid: 2 ** 22 + 1 }), "cut sho"]) {
      const token = text.startsWith("{") ? "before" : "unknown"
      await writeFile(path, text)
      await writeFile(join(folder, `.tubelet-after-${token}.lock`), text)
      await (await takeLock(path))()
      expect(await readdir(folder)).toEqual([])
    }
  })

  test("that another took meanwhile stays his", async () => {
    const release = await takeLock(path)
    await writeFile(path, JSON.stringify({ token: "another", pid: 1, host: "elsewhere" }))
    await release()
    expect(await readdir(folder)).toEqual([".lock"])
  })
})
