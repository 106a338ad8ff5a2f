import { existsSync, readFileSync } from "node:fs"
import { TubeletError } from "@tubelet/core"
import { describe, expect, test } from "vitest"
import { openStored, type StoredFile, toFloats } from "../src/index.js"
import { data, expected } from "./data.js"

const forms = ["zip", "legacy"] as const
const files = ["every-type", "views", "parameters", "training", "protocol-4"].flatMap((name) =>
  forms.map((form) => ({ name, form, path: data(`${name}.${form}.pth`) })),
)

const contents = async (file: StoredFile) => {
  const tensors: [string, unknown][] = []
  for (const name of file.names) {
    const { dtype, shape } = await file.read(name)
    const values = dtype.startsWith("F8") ? undefined : [...(await file.floats(name))]
    tensors.push([name, { dtype, shape, ...(values && { values }) }])
  }
  return Object.fromEntries(tensors)
}

const withoutEighths = (name: string) =>
  Object.fromEntries(
    Object.entries(expected[name]).map(([tensor, { dtype, shape, values }]) => [
      tensor,
      dtype.startsWith("F8") ? { dtype, shape } : { dtype, shape, values },
    ]),
  )

describe.each(files)("$name in PyTorch's $form form", ({ name, form, path }) => {
  test("holds what PyTorch wrote", async () => {
    const file = await openStored(path)
    expect(file.format).toBe(form === "zip" ? "pth" : "legacy pth")
    expect(await contents(file)).toEqual(withoutEighths(name))
    await file.close()
  })

  test("is the same in memory", async () => {
    const file = await openStored(new Uint8Array(readFileSync(path)))
    expect(await contents(file)).toEqual(withoutEighths(name))
  })
})

test("8-bit floats are kept as bytes", async () => {
  const file = await openStored(data("every-type.zip.pth"))
  const { bytes } = await file.read("float8_e4m3fn")
  expect([...bytes.subarray(0, 3)]).toEqual([0, 0x38, 0x40])
  await file.close()
})

describe.each(["training.zip.pth", "training.legacy.pth", "protocol-4.zip.pth"])("%s", (name) => {
  test("has its weights in `model`, and the rest as plain data", async () => {
    const file = await openStored(data(name))
    expect(file.container).toEqual(["model"])
    const { others } = file
    expect(others.get("epoch")).toBe(7)
    expect(others.get("best")).toBe(1.5)
    expect(others.get("size")).toEqual([2, 3])
    expect(others.get("device")).toBe("cpu")
    expect(others.get("defaults")).toEqual(new Map([["k", [1]]]))
    const args = others.get("args") as Map<string, unknown>
    expect(Object.fromEntries(args)).toEqual({
      lr: 1e-3,
      betas: [0.9, 0.95],
      output_dir: "/tmp/out",
      distributed: false,
      big: 2n ** 80n,
      negative: -(2 ** 40),
      names: new Set(["a", "b"]),
      nothing: null,
      raw: Uint8Array.of(0, 255),
    })
    const counts = others.get("counts") as Parameters<typeof toFloats>[1]
    expect(toFloats("counts", counts)).toEqual(Float32Array.of(1, 2))
    await file.close()
  })
})

test.each(forms)("a pickle that calls os.system is refused, naming it, %s", async (form) => {
  const mark = "/tmp/tubelet-was-here"
  const opening = openStored(data(`hostile.${form}.pth`))
  await expect(opening).rejects.toThrow(/refers to "posix.system".*nothing was executed/)
  await expect(opening).rejects.toThrow(/save \{"model": model.state_dict\(\)\}/)
  expect(existsSync(mark)).toBe(false)
})

/** A file of the older form around a pickle's instructions. */
function pickled(...parts: (string | number[])[]): Uint8Array {
  const raw = (part: string | number[]) =>
    typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : part
  const magic = [
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]
  const version = [0x80, 2, 0x4d, 0xe9, 3, 0x2e]
  const machine = [0x80, 2, 0x7d, 0x2e]
  const object = [0x80, 2, ...parts.flatMap(raw), 0x2e]
  return Uint8Array.from([...magic, ...version, ...machine, ...object, 0x80, 2, 0x5d, 0x2e])
}

const rebuild = "ctorch._utils\n_rebuild_tensor_v2\n"
const storage = (count: number) =>
  `((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK${String.fromCharCode(count)}tQ`

test.each<[string, Uint8Array, RegExp]>([
  ["an unknown opcode", pickled("I1\n"), /opcode 73, which no checkpoint needs/],
  ["an extension", pickled([0x82, 1]), /opcode 130/],
  ["eval", pickled("c__builtin__\neval\nU\x011\x85R"), /refers to "__builtin__.eval"/],
  ["a class of the user's", pickled("cmodels.vit\nViT\n)\x81"), /refers to "models.vit.ViT"/],
  ["a dotted name", pickled("U\x05torchU\x0dload.__code__\x93"), /refers to "torch.load.__code__"/],
  ["an inherited name", pickled("cconstructor\nprototype\n"), /refers to "constructor.prototype"/],
  ["a call of a type", pickled("ctorch\nFloatStorage\n)R"), /it calls torch.FloatStorage/],
  ["a call of text", pickled("U\x01a)R"), /it calls something other than a function/],
  ["attributes of text", pickled("U\x01a}b"), /state of something other than an object/],
  ["an empty stack", pickled("0"), /an empty stack/],
  ["an empty memo", pickled("h\x09"), /reads memo 9/],
  ["no mark", pickled("t"), /a mark that is not there/],
  ["items of a list", pickled("]U\x01aK\x01s"), /other than a dictionary/],
  ["a number of a megabyte", pickled([0x8b, 0, 0, 16, 0]), /integer of 1048576 bytes/],
  ["text that ends early", pickled("X", [255, 255, 255, 127]), /ends inside its pickle/],
  ["text of 2^60 bytes", pickled([0x8d, 0, 0, 0, 0, 0, 0, 0, 16]), /ends inside its pickle/],
  ["not a dictionary", pickled("K\x01"), /not a dictionary of tensors/],
  ["no weights", pickled("}U\x01aK\x01s"), /a dictionary with a/],
  ["itself inside", pickled("}q\x00U\x05modelh\x00s"), /no weights found/],
  [
    "another storage class",
    pickled("(U\x07storagec__builtin__\nint\nU\x010NK\x01tQ"),
    /not one that PyTorch/,
  ],
  [
    "a tensor beyond its storage",
    pickled(rebuild, storage(2), "K\x01K\x02\x85K\x01\x85\x89NtR"),
    /needs 3 elements of a storage of 2/,
  ],
  [
    "a tensor that repeats",
    pickled(rebuild, storage(2), "K\x00J\xff\xff\xff\x7f\x85K\x00\x85\x89NtR"),
    /repeats 2 elements/,
  ],
  [
    "negative strides",
    pickled(rebuild, storage(2), "K\x00K\x02\x85J\xff\xff\xff\xff\x85\x89NtR"),
    /strides are invalid/,
  ],
  [
    "big-endian bytes",
    Uint8Array.from([
      ...pickled().slice(0, 21),
      ...[0x80, 2, 0x7d, 0x55, 13],
      ...new TextEncoder().encode("little_endian"),
      0x89,
      0x73,
      0x2e,
    ]),
    /big-endian/,
  ],
])("%s is refused", async (_, bytes, reason) => {
  await expect(openStored(bytes)).rejects.toThrow(reason)
  await expect(openStored(bytes)).rejects.toThrow(TubeletError)
})

test("a storage that is missing or too short is refused", async () => {
  const whole = new Uint8Array(readFileSync(data("parameters.legacy.pth")))
  await expect(openStored(whole.subarray(0, whole.length - 1))).rejects.toThrow(/truncated/)
  const stretched = whole.slice()
  const view = new DataView(stretched.buffer)
  view.setBigInt64(whole.length - 12 - 8, 2n ** 61n, true)
  await expect(openStored(stretched)).rejects.toThrow(/claims 2305843009213693952 elements/)
})
