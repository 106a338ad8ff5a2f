import { readFileSync } from "node:fs"
import { TubeletError } from "@tubelet/core"
import { expect, test } from "vitest"
import { effort } from "../../../scripts/effort.mjs"
import { type FuzzOptions, fuzz } from "../../../scripts/fuzz/fuzz.js"
import { findWeights } from "../src/containers.js"
import { parseJsonObject } from "../src/files/json.js"
import { byteSource } from "../src/files/source.js"
import { formatConfig, readConfig } from "../src/huggingface/config.js"
import { readPreprocessor } from "../src/huggingface/preprocessor.js"
import { encodeSafetensors, fromFloats, openStored } from "../src/index.js"
import { closedList } from "../src/pickle/globals.js"
import { unpickle } from "../src/pickle/opcodes.js"
import { storageId, torchGlobals } from "../src/pth/globals.js"
import { itemBytes } from "../src/pth/storage.js"
import { contents } from "../src/pth/write.js"
import { headerLength, parseHeader } from "../src/safetensors/header.js"
import { shardsOf } from "../src/sharded/index-file.js"
import { openZip } from "../src/zip/read.js"
import { zipPieces } from "../src/zip/write.js"
import { data } from "./data.js"

const file = (name: string) => new Uint8Array(readFileSync(data(name)))
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

const tensors = {
  "a.weight": fromFloats([2, 3], new Float32Array(6)),
  b: fromFloats([1], new Float32Array(1), "F16"),
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const piece of pieces) parts.push(piece)
  return new Uint8Array(Buffer.concat(parts))
}

/** The pickle inside a zip-form file. */
async function pickleOf(name: string): Promise<Uint8Array> {
  const zip = await openZip(await byteSource(file(name)))
  const entry = zip.entries.get([...zip.entries.keys()].find((key) => key.endsWith("data.pkl"))!)!
  return zip.read(entry, 0, entry.size)
}

const world = {
  file: "it",
  find: closedList("it", torchGlobals),
  persistent(id: unknown) {
    const { dtype, elements } = storageId(id)
    const byteLength = elements * itemBytes(dtype)
    return { dtype, byteLength, read: async () => new Uint8Array(0) }
  },
}

/** What describes a model: each reader takes the same JSON. */
const descriptions = [
  (json: Uint8Array) => {
    const { model } = readConfig(parseJsonObject(json, "it"), "it")
    const again = parseJsonObject(text(formatConfig(model)), "it")
    expect(readConfig(again, "it").model.encoder).toEqual(model.encoder)
  },
  (json: Uint8Array) => readPreprocessor(parseJsonObject(json, "it"), "it"),
  (json: Uint8Array) => shardsOf(parseJsonObject(json, "it"), "it"),
]

type Case = Pick<FuzzOptions, "name" | "target" | "seeds" | "words">

const cases: readonly Case[] = [
  {
    name: "safetensors header",
    target(bytes) {
      const length = headerLength(bytes, "it", bytes.length)
      parseHeader(bytes.subarray(8, 8 + length), "it", bytes.length)
    },
    seeds: [await encodeSafetensors(tensors)],
    words: [
      '"dtype"',
      '"shape"',
      '"data_offsets"',
      '"F32"',
      '"__metadata__"',
      "[0,4]",
      "1e99",
      "{}",
    ],
  },
  {
    name: "pickle",
    target: (bytes) => findWeights(unpickle(bytes, world).value, "it"),
    seeds: await Promise.all(
      ["training", "views", "parameters", "protocol-4"].map((n) => pickleOf(`${n}.zip.pth`)),
    ),
    words: [
      "ctorch\nFloatStorage\n",
      "ctorch._utils\n_rebuild_tensor_v2\n",
      "q\x00h\x00",
      "(t",
      "}R",
      "b",
    ],
  },
  {
    name: "zip file",
    async target(bytes) {
      const zip = await openZip(await byteSource(bytes))
      for (const entry of zip.entries.values()) await zip.read(entry, 0, entry.size)
    },
    seeds: [
      await joined(zipPieces(contents(tensors))),
      await joined(zipPieces(contents(tensors), 0)),
    ],
    words: ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07"],
  },
  {
    name: "whole .pth file",
    async target(bytes) {
      const stored = await openStored(bytes)
      for (const name of stored.names) if (stored.shape(name).length < 9) await stored.read(name)
    },
    seeds: ["views.zip.pth", "views.legacy.pth", "parameters.legacy.pth"].map(file),
    words: ["torch", "storage", "PK"],
  },
  {
    name: "configuration and index",
    target: (bytes) => descriptions[(bytes[0] ?? 0) % 3]!(bytes.subarray(1)),
    seeds: [0, 1, 2].flatMap((which) =>
      [
        {
          model_type: "videomae",
          architectures: ["VideoMAEForVideoClassification"],
          id2label: { 0: "a" },
        },
        { do_center_crop: true, crop_size: { height: 2 }, image_mean: [0, 0, 0] },
        { weight_map: { a: "model-00001-of-00001.safetensors" } },
      ].map((value) => Uint8Array.from([which, ...text(value)])),
    ),
    words: ['"hidden_size":', "null", "-1", '"vit_mae"', '"../x"', "[]", "{}", '"size"'],
  },
]

test.each(cases)("$name: any input is read or refused", { timeout: 7_200_000 }, async (one) => {
  const report = await fuzz({
    inputs: effort(100_000, 10_000_000),
    ...one,
    expected: (error) => error instanceof TubeletError,
    sources: /packages\/checkpoint\/src/,
    longest: 8192,
  })
  expect(report.corpus).toBeGreaterThan(5)
})
