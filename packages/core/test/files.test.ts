import { execFileSync } from "node:child_process"
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { onSmallDisk, smallDisks } from "../../../scripts/small-disk.mjs"
import { makeFolder, removeFolders, replaceFile, writeTogether } from "../src/files/index.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-files-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const bytes = (count: number) => new Uint8Array(count)
const errorOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error("nothing was wrong")
    },
    (error) => error,
  )

describe("makeFolder", () => {
  test("creates missing folders and returns them", async () => {
    expect(await makeFolder(at("a", "b"))).toEqual([at("a"), at("a", "b")])
    expect(await makeFolder(at("a", "b"))).toEqual([])
    expect(await makeFolder(at("a", "c"))).toEqual([at("a", "c")])
    await symlink(at("a"), at("link"))
    expect(await makeFolder(at("link", "d"))).toEqual([at("link", "d")])
  })

  test("concurrent calls create one folder", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(at("a", "b", "c"))))
    expect(made.flat().sort()).toEqual([at("a"), at("a", "b"), at("a", "b", "c")])
  })

  test.each([
    ["below a file", async () => writeFile(at("file"), ""), ["file", "b", "c"], /file is a file/],
    ["that is a file", async () => writeFile(at("file"), ""), ["file"], /file is a file/],
    ["of a name that is too long", async () => {}, ["a", "b".repeat(300)], /name is too long/],
    ["with a NUL in its name", async () => {}, ["a", "b\0c"], /NUL/],
    [
      "below a broken link",
      async () => symlink(at("nowhere"), at("link")),
      ["link", "b"],
      /is a broken link to .*nowhere/,
    ],
    ["below a loop of links", async () => symlink(at("x"), at("x")), ["x", "b"], /symbolic links/],
  ])("one %s fails at once and leaves nothing behind", async (_, prepare, path, why) => {
    await prepare()
    const before = await readdir(folder)
    expect((await errorOf(makeFolder(at(...path)))).message).toMatch(why)
    expect(await readdir(folder)).toEqual(before)
  })

  const unmakeable = ["/proc/nothing", "/proc/a/b/c", "/proc/1/a", "/dev/null/a/b", "/sys/a/b"]
  test.runIf(process.platform === "linux").each(unmakeable)("%s fails at once", async (path) => {
    expect((await errorOf(makeFolder(path))).message).toContain(`cannot create ${path}: `)
  })

  test("removes what it created, except folders in use", async () => {
    const made = await makeFolder(at("a", "b", "c"))
    await writeFile(at("a", "kept"), "")
    await removeFolders(made)
    expect(await readdir(at("a"))).toEqual(["kept"])
  })
})

describe("writeTogether", () => {
  const filled = (names: readonly string[]) => async (scratch: string) => {
    for (const name of names) await writeFile(join(scratch, name), name)
  }

  test("moves all files into the folder", async () => {
    const written = await writeTogether(at("a", "b"), filled(["y", "x"]))
    expect(written).toEqual([at("a", "b", "x"), at("a", "b", "y")])
    expect(await readdir(at("a", "b"))).toEqual(["x", "y"])
  })

  test("or none, and no folder", async () => {
    await mkdir(at("old"))
    await writeFile(at("old", "x"), "before")
    const fail = async (scratch: string) => {
      await filled(["x", "y"])(scratch)
      throw new Error("enough")
    }
    for (const where of ["old", "new"]) {
      expect((await errorOf(writeTogether(at(where, ".."), fail))).message).toBe("enough")
      expect((await errorOf(writeTogether(at(where), fail))).message).toBe("enough")
    }
    expect(await readdir(folder)).toEqual(["old"])
    expect(await readdir(at("old"))).toEqual(["x"])
  })
})

test("a process that exits while writing leaves nothing behind", async () => {
  const script = `
    import { load } from ${JSON.stringify(new URL("./support/source.mjs", import.meta.url).href)}
    const { replaceFile, writeTogether } = await load("files/index.ts")
    const never = (append) => append(new Uint8Array(9)).then(() => new Promise(() => {}))
    void replaceFile("file", never)
    void writeTogether("folder/deep", (scratch) => replaceFile(scratch + "/file", never))
    setTimeout(() => process.exit(7), 300)`
  const child = () =>
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: folder })
  expect(child).toThrow(expect.objectContaining({ status: 7 }))
  expect(await readdir(folder)).toEqual([])
})

test.runIf(smallDisks)("a full disk is reported, and no partial file stays on it", () =>
  onSmallDisk(64, async (disk: string) => {
    const whole = join(disk, "whole")
    await replaceFile(whole, (append) => append(bytes(20_000)))
    for (const path of [whole, join(disk, "new")]) {
      const { message } = await errorOf(replaceFile(path, (append) => append(bytes(100_000))))
      const why = `the disk is full (mounted at ${disk})`
      expect(message).toContain(`cannot write ${path}: ${why}\n`)
    }
    const work = writeTogether(join(disk, "a", "b"), async (scratch) => {
      for (const name of ["x", "y", "z"]) {
        await replaceFile(join(scratch, name), (append) => append(bytes(20_000)))
      }
    })
    expect((await errorOf(work)).message).toContain("the disk is full")
    expect(await readdir(disk)).toEqual(["whole"])
  }),
)
