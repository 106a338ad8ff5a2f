import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  encodePth,
  fromFloats,
  openCheckpoint,
  openStored,
  type TensorSource,
  writePth,
} from "../src/index.js"
import { contents } from "../src/pth/write.js"
import { type ElementType, elementBytes } from "../src/tensor.js"
import { type ZipContent, zipPieces } from "../src/zip/write.js"
import { one } from "./tensors.js"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-pth-"))
})
afterAll(() => rm(folder, { recursive: true }))

const tensors: Record<string, TensorSource> = {
  ...Object.fromEntries(
    Object.keys(elementBytes).map((dtype, i) => [
      `t${i}.${dtype}`,
      one(dtype as ElementType, [i + 1, 3]),
    ]),
  ),
  scalar: one("F32", []),
  empty: one("F32", [0, 4]),
  "größe.weight": one("F16", [2, 300]),
}

test("every type survives a round trip, in order", async () => {
  const path = join(folder, "every.pth")
  await writePth(path, tensors)
  const file = await openStored(path)
  expect(file.names).toEqual(Object.keys(tensors))
  for (const [name, tensor] of Object.entries(tensors)) {
    expect({ name, ...(await file.read(name)) }).toEqual({ name, ...tensor })
  }
  await file.close()
})

const zip = async (files: readonly ZipContent[], limit?: number): Promise<Uint8Array> => {
  const parts: BlobPart[] = []
  for await (const piece of zipPieces(files, limit)) parts.push(piece as BlobPart)
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

test("large sizes and offsets use zip64", async () => {
  const bytes = await zip(contents(tensors), 0)
  expect(bytes.length).toBeGreaterThan((await encodePth(tensors)).length)
  const file = await openStored(bytes)
  expect(await file.read("größe.weight")).toEqual(tensors["größe.weight"])
})

test("storages are aligned to 64 bytes", async () => {
  const a = fromFloats([2], Float32Array.of(1.5, 2.5))
  const bytes = await encodePth({ a })
  const at = Buffer.from(bytes).indexOf(Buffer.from(a.bytes))
  expect(at % 64).toBe(0)
})

describe("a hostile zip file", async () => {
  const whole = await encodePth({ a: one("F32", [4]), b: one("F32", [4]) })
  const change = (edit: (bytes: Uint8Array, view: DataView) => void) => {
    const bytes = whole.slice()
    edit(bytes, new DataView(bytes.buffer))
    return bytes
  }
  const find = (text: string, from = 0) => Buffer.from(whole).indexOf(text, from, "latin1")
  const entry = find("PK\x01\x02")
  const end = find("PK\x05\x06")
  const storage = find("PK\x01\x02", find("archive/data/0", entry) - 46)
  const text = (content: string) => new TextEncoder().encode(content)

  test.each<[string, Uint8Array, RegExp]>([
    ["truncated", whole.subarray(0, whole.length - 30), /directory is missing/],
    [
      "compressed",
      change((b) => {
        b[entry + 10] = 8
      }),
      /is a compressed zip file \("archive\/data.pkl"\)/,
    ],
    [
      "encrypted",
      change((b) => {
        b[entry + 8] = 1
      }),
      /is encrypted/,
    ],
    [
      "with two sizes",
      change((b) => {
        b[storage + 20] = 8
      }),
      /has two sizes, 8 and 16/,
    ],
    [
      "with an entry of 4 GB",
      change((_, v) => {
        v.setUint32(storage + 20, 2 ** 32 - 2, true)
        v.setUint32(storage + 24, 2 ** 32 - 2, true)
      }),
      /is out of bounds/,
    ],
    [
      "with an entry out of bounds",
      change((_, v) => v.setUint32(storage + 42, 2 ** 31, true)),
      /is out of bounds/,
    ],
    [
      "with a shorter storage",
      change((b) => {
        b[storage + 20] = 8
        b[storage + 24] = 8
      }),
      /storage 0 has 8 bytes instead of 16/,
    ],
    [
      "with a directory of 4 GB",
      change((_, v) => v.setUint32(end + 12, 2 ** 32 - 2, true)),
      /directory claims 4294967294 bytes/,
    ],
    [
      "that counts too many",
      change((b) => {
        b[end + 10] = 99
      }),
      /directory is damaged/,
    ],
    [
      "that counts too few",
      change((b) => {
        b[end + 10] = 1
      }),
      /belong to no entry/,
    ],
    [
      "without its zip64 record",
      change((_, v) => v.setUint16(end + 10, 0xffff, true)),
      /zip64 locator is missing/,
    ],
    [
      "without a local header",
      change((b) => {
        b[find("archive/data/0") - 30] = 0
      }),
      /"archive\/data\/0" has no local header/,
    ],
    [
      "without a pickle",
      await zip([{ name: "a/b", size: 1, bytes: text("x") }]),
      /it has 0 data.pkl/,
    ],
    [
      "with two pickles",
      await zip(["a", "b"].map((f) => ({ name: `${f}/data.pkl`, size: 1, bytes: text("x") }))),
      /it has 2 data.pkl/,
    ],
    [
      "with a duplicate name",
      await zip([0, 1].map(() => ({ name: "a/data.pkl", size: 1, bytes: text("x") }))),
      /two entries "a\/data.pkl"/,
    ],
    [
      "in big-endian order",
      await zip([
        { name: "a/data.pkl", size: 1, bytes: text("x") },
        { name: "a/byteorder", size: 3, bytes: text("big") },
      ]),
      /big-endian data/,
    ],
    [
      "with no pickle inside",
      await zip([{ name: "a/data.pkl", size: 1, bytes: text("x") }]),
      /not a pickle of protocol 2/,
    ],
  ])("%s is refused", async (_, bytes, reason) => {
    const read = async () => (await openStored(bytes)).read("a")
    await expect(read()).rejects.toThrow(reason)
    await expect(read()).rejects.toThrow(TubeletError)
  })
})

test("shards written by PyTorch open by their index", async () => {
  const shards = { "one.bin": { a: one("F32", [4]) }, "two.bin": { b: one("F16", [3]) } }
  for (const [name, part] of Object.entries(shards)) await writePth(join(folder, name), part)
  const index = { weight_map: { a: "one.bin", b: "two.bin" } }
  await writeFile(join(folder, "pytorch_model.bin.index.json"), JSON.stringify(index))
  const file = await openCheckpoint(folder)
  expect(file.stored).toMatchObject({ format: "pth", sharded: true })
  expect(await file.read("b")).toEqual(shards["two.bin"].b)
  await file.close()
})
