import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type ElementType,
  encodeSafetensors,
  fromFloats,
  openSafetensors,
  openStored,
  readFloats,
  type TensorSource,
  toFloats,
  writeModel,
  writeSafetensors,
} from "../src/index.js"
import { headerLength, parseHeader } from "../src/safetensors/header.js"
import { openShards } from "../src/sharded/read.js"
import { elementBytes } from "../src/tensor.js"
import { one } from "./tensors.js"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-safetensors-"))
})
afterAll(() => rm(folder, { recursive: true }))

const everyType = Object.fromEntries(
  Object.keys(elementBytes).map((dtype, i) => [`t${i}`, one(dtype as ElementType, [i + 1, 3])]),
)

describe("a file", () => {
  test("holds every element type, an empty tensor and a scalar", async () => {
    const path = join(folder, "every.safetensors")
    const tensors = { ...everyType, empty: one("F32", [0, 4]), scalar: one("F64", []) }
    await writeSafetensors(path, tensors, { format: "pt", step: "120" })
    const file = await openSafetensors(path)
    expect(file.metadata).toEqual({ format: "pt", step: "120" })
    expect([...file.names].sort()).toEqual(Object.keys(tensors).sort())
    for (const [name, tensor] of Object.entries(tensors)) {
      expect({ name, ...(await file.read(name)) }).toEqual({ name, ...tensor })
    }
    await file.close()
  })

  test("is read equally from a path, bytes, a buffer and a blob", async () => {
    const bytes = await encodeSafetensors(everyType)
    const path = join(folder, "same.safetensors")
    await writeSafetensors(path, everyType)
    expect(new Uint8Array(await readFile(path))).toEqual(bytes)
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    for (const input of [path, bytes, bytes.buffer, new Blob([bytes]), shifted.subarray(1)]) {
      const file = await openSafetensors(input as Uint8Array)
      expect(await file.read("t3")).toEqual(everyType.t3)
      expect(await file.floats("t11")).toEqual(
        new Float32Array((everyType.t11.bytes as Uint8Array).slice().buffer),
      )
      await file.close()
    }
  })

  test("has aligned tensors, in an order independent of the record's", async () => {
    const reversed = Object.fromEntries(Object.entries(everyType).reverse())
    const bytes = await encodeSafetensors(everyType)
    expect(await encodeSafetensors(reversed)).toEqual(bytes)
    const header = headerOf(bytes)
    expect(header.dataStart % 8).toBe(0)
    for (const { begin, dtype } of header.entries.values()) {
      expect(begin % elementBytes[dtype]).toBe(0)
    }
  })

  test("may have names like __proto__", async () => {
    const tensors = Object.fromEntries([["__proto__", fromFloats([1], Float32Array.of(5))]])
    const floats = await readFloats(await encodeSafetensors(tensors))
    expect(Object.entries(floats)).toEqual([["__proto__", Float32Array.of(5)]])
  })
})

describe("writing", () => {
  const path = () => join(folder, "written.safetensors")

  test("fetches one tensor at a time, in file order", async () => {
    const calls: string[] = []
    const late = (name: string): TensorSource => ({
      dtype: "U8",
      shape: [2],
      bytes: async () => {
        calls.push(`begin ${name}`)
        await Promise.resolve()
        calls.push(`end ${name}`)
        return Uint8Array.of(1, 2)
      },
    })
    await writeSafetensors(path(), { b: late("b"), a: late("a") })
    expect(calls).toEqual(["begin a", "end a", "begin b", "end b"])
  })

  test("that fails leaves the old file intact and no temporary file", async () => {
    await writeSafetensors(path(), { a: fromFloats([2], Float32Array.of(1, 2)) })
    const before = await readdir(folder)
    const broken = { a: one("F32", [4]), b: { ...one("F32", [2]), bytes: new Uint8Array(7) } }
    await expect(writeSafetensors(path(), broken)).rejects.toThrow(
      /tensor "b" has 7 bytes, F32 \[2\] needs 8/,
    )
    expect(await readFloats(path())).toEqual({ a: Float32Array.of(1, 2) })
    expect(await readdir(folder)).toEqual(before)
  })
})

describe("element types", () => {
  test("F16 and BF16 become the floats they encode", () => {
    const floats = Float32Array.of(0, -0, 1, -2.5, 65504, 2 ** -24, Infinity, 3.140625)
    for (const dtype of ["F16", "BF16"] as const) {
      const exact = dtype === "F16" ? floats : floats.filter((v) => v !== 65504)
      const stored = fromFloats([exact.length], exact, dtype)
      expect(stored.bytes.length).toBe(2 * exact.length)
      expect(toFloats("x", stored)).toEqual(exact)
    }
    expect(toFloats("x", { dtype: "F16", shape: [1], bytes: Uint8Array.of(1, 0x7e) })[0]).toBeNaN()
    expect(
      toFloats("x", { dtype: "F64", shape: [1], bytes: bytesOf(Float64Array.of(1.5)) }),
    ).toEqual(Float32Array.of(1.5))
    expect(
      toFloats("x", { dtype: "I64", shape: [1], bytes: bytesOf(BigInt64Array.of(-3n)) }),
    ).toEqual(Float32Array.of(-3))
  })

  test("without an f32 equivalent are refused by name", () => {
    const tensor = { dtype: "F8_E4M3" as const, shape: [1], bytes: Uint8Array.of(1) }
    expect(() => toFloats("head.weight", tensor)).toThrow(/"head.weight" is stored as F8_E4M3/)
  })
})

describe("a damaged file is refused with a reason", () => {
  const raw = (header: unknown, data = 8, length?: bigint) => {
    const text = new TextEncoder().encode(
      typeof header === "string" ? header : JSON.stringify(header),
    )
    const bytes = new Uint8Array(8 + text.length + data)
    new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true)
    bytes.set(text, 8)
    return bytes
  }
  const entry = (change: object) => ({
    a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...change },
  })
  const twice = (offsets: number[]) => ({
    ...entry({}),
    b: { dtype: "F32", shape: [1], data_offsets: offsets },
  })

  test.each<[string, Uint8Array, RegExp]>([
    ["no bytes", new Uint8Array(0), /0 bytes, but a header needs 8/],
    ["a header longer than the file", raw(entry({}), 8, 4000n), /claims 4000 bytes/],
    ["a huge header", raw(entry({}), 8, 2n ** 63n), /claims 9223372036854775808 bytes/],
    ["text", new TextEncoder().encode("PK is not this format at all"), /claims \d+ bytes/],
    ["no JSON", raw("{no"), /not a JSON object/],
    ["a list", raw([]), /not a JSON object/],
    ["an unknown type", raw(entry({ dtype: "F4" })), /"a" has the unknown type "F4"/],
    ["an inherited type", raw(entry({ dtype: "toString" })), /unknown type "toString"/],
    ["a negative size", raw(entry({ shape: [-2] })), /an invalid shape/],
    ["a broken size", raw(entry({ shape: [0.5, 4] })), /an invalid shape/],
    ["one offset", raw(entry({ data_offsets: [0] })), /invalid data_offsets/],
    ["a wrong length", raw(entry({ shape: [3] })), /needs 12 bytes but has 8/],
    ["an overflowing shape", raw(entry({ shape: [2 ** 40, 2 ** 40] })), /an invalid shape/],
    ["a truncated end", raw(entry({}), 5), /ends at byte 8 of 5: the file is truncated/],
    ["a null tensor", raw({ a: null }), /unknown type/],
    [
      "a size of zero and absurd others",
      raw(entry({ shape: [0, 2 ** 40, 2 ** 40] })),
      /an invalid shape/,
    ],
    ["65 dimensions", raw(entry({ shape: Array(65).fill(1) })), /an invalid shape/],
    ["offsets backwards", raw(entry({ data_offsets: [8, 0] })), /invalid data_offsets/],
    [
      "a duplicate name",
      raw(JSON.stringify(twice([8, 12])).replace('"b"', '"\\u0061"'), 12),
      /twice/,
    ],
    [
      "a duplicate field",
      raw('{"a":{"dtype":"U8","shape":[8],"shape":[8],"data_offsets":[0,8]}}'),
      /"shape" twice/,
    ],
    ["deep nesting", raw("[".repeat(100_000)), /nested too deeply/],
    ["an overlap", raw(twice([4, 8])), /"a" and "b" overlap/],
    ["a gap", raw(twice([12, 16]), 16), /4 bytes before tensor "b" belong to no tensor/],
    ["bytes at its end", raw(entry({}), 9), /1 bytes at its end/],
    ["metadata of numbers", raw({ ...entry({}), __metadata__: { step: 3 } }), /metadata/],
  ])("%s", async (_, bytes, reason) => {
    await expect(openSafetensors(bytes)).rejects.toThrow(reason)
    await expect(openSafetensors(bytes)).rejects.toThrow(TubeletError)
  })

  test("any flipped byte in a header gives a file or an error, never a crash", async () => {
    const whole = await encodeSafetensors(everyType)
    const { dataStart } = headerOf(whole)
    const stream = random("flip")
    for (let i = 0; i < 2000; i++) {
      const bytes = whole.slice()
      bytes[stream.integer(dataStart)] = stream.integer(256)
      await readFloats(bytes).catch((error) => expect(error).toBeInstanceOf(TubeletError))
    }
  })

  test("a missing file, a folder and a missing tensor are named", async () => {
    await expect(openSafetensors(join(folder, "none"))).rejects.toThrow(/none: no such file/)
    await expect(openSafetensors(folder)).rejects.toThrow(/is not a file/)
    const path = join(folder, "one.safetensors")
    await writeFile(path, await encodeSafetensors({ a: one("F32", [1]) }))
    const file = await openSafetensors(path)
    await expect(file.read("b")).rejects.toThrow(
      /one.safetensors has no tensor "b"\nit has 1 tensors: a/,
    )
    await file.close()
  })
})

const headerOf = (bytes: Uint8Array) => {
  const length = headerLength(bytes, "it", bytes.length)
  return parseHeader(bytes.subarray(8, 8 + length), "it", bytes.length)
}

const bytesOf = ({ buffer }: { buffer: ArrayBufferLike }) => new Uint8Array(buffer)

describe("a sharded checkpoint", () => {
  const tensors = { b: one("F32", [4]), a: one("F32", [2]), c: one("F16", [3]), d: one("F32", [9]) }

  test("is split as in transformers, in the record's order, and read back", async () => {
    const target = join(folder, "sharded")
    const files = await writeModel(target, tensors, { maxShardBytes: 24 })
    expect(files.map((file) => basename(file))).toEqual([
      "model-00001-of-00003.safetensors",
      "model-00002-of-00003.safetensors",
      "model-00003-of-00003.safetensors",
      "model.safetensors.index.json",
    ])
    const index = JSON.parse(await readFile(files[3], "utf8"))
    expect(index).toEqual({
      metadata: { total_size: 66 },
      weight_map: {
        a: basename(files[0]),
        b: basename(files[0]),
        c: basename(files[1]),
        d: basename(files[2]),
      },
    })
    const set = await openShards(files[3], openSafetensors)
    for (const [name, tensor] of Object.entries(tensors)) {
      expect(await set.read(name)).toEqual(tensor)
    }
    await set.close()
  })

  test("is one file if it fits, and is not written next to weights of another layout", async () => {
    const target = join(folder, "one-file")
    expect(await writeModel(target, tensors)).toEqual([join(target, "model.safetensors")])
    await writeModel(target, tensors)
    await expect(writeModel(target, tensors, { maxShardBytes: 24 })).rejects.toThrow(
      /already contains other weights: model.safetensors/,
    )
  })

  test.each<[string, object, RegExp]>([
    ["no map", {}, /no weight_map/],
    ["a path upwards", { weight_map: { a: "../a.safetensors" } }, /not a shard's name/],
    ["an absolute path", { weight_map: { a: "/etc/passwd" } }, /not a shard's name/],
    ["a number", { weight_map: { a: 3 } }, /not a shard's name/],
    ["itself as a shard", { weight_map: { a: "bad.index.json" } }, /not a shard's name/],
    ["a missing shard", { weight_map: { a: "none.safetensors" } }, /no such file/],
    ["a missing tensor", { weight_map: { z: "s.safetensors" } }, /does not contain "z"/],
    [
      "an unnamed tensor",
      { weight_map: { a: "s.safetensors" } },
      /contains "b", which .* does not list/,
    ],
  ])("whose index has %s is refused", async (_, index, reason) => {
    const path = join(folder, "bad.index.json")
    await writeSafetensors(join(folder, "s.safetensors"), { a: one("U8", [1]), b: one("U8", [1]) })
    await writeFile(path, JSON.stringify(index))
    await expect(openStored(path)).rejects.toThrow(reason)
  })
})
