import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { sizeOf, TubeletError } from "@tubelet/core"
import { expect } from "vitest"
import { type FuzzCase, fuzzTests, json } from "../../../scripts/fuzz/cases.js"
import { findWeights } from "../src/containers.js"
import { parseJsonObject } from "../src/files/json.js"
import { byteSource } from "../src/files/source.js"
import { parseListing } from "../src/hub/listing.js"
import { parseHubReference } from "../src/hub/reference.js"
import { formatConfig, readConfig } from "../src/huggingface/config.js"
import { readPreprocessor } from "../src/huggingface/preprocessor.js"
import {
  encoderNames,
  encodeSafetensors,
  fromFloats,
  huggingFaceNames,
  officialNames,
  openCheckpoint,
  savedArgs,
  timmNames,
} from "../src/index.js"
import { detect } from "../src/names/detect.js"
import { modelsIn, namesOfModel } from "../src/names/models.js"
import { renamedView } from "../src/names/view.js"
import { allowlist } from "../src/pickle/globals.js"
import { unpickle } from "../src/pickle/opcodes.js"
import { storageId, torchGlobals } from "../src/pth/globals.js"
import { itemBytes } from "../src/pth/storage.js"
import { contents } from "../src/pth/write.js"
import { headerLength, parseHeader } from "../src/safetensors/header.js"
import { shardsOf } from "../src/sharded/index-file.js"
import { isShape, type TensorSource } from "../src/tensor.js"
import { type TensorFile, tensorFile } from "../src/tensor-file.js"
import { openZip } from "../src/zip/read.js"
import { zipPieces } from "../src/zip/write.js"
import { data } from "./data.js"

const file = (name: string) => new Uint8Array(readFileSync(data(name)))

const tensors = {
  "a.weight": fromFloats([2, 3], new Float32Array(6)),
  b: fromFloats([1], new Float32Array(1), "F16"),
}

/** Attention as Hugging Face stores it: three tensors that become one, and a pair of biases. */
const named = Object.fromEntries(
  [
    ["videomae.embeddings.patch_embeddings.projection.weight", [2, 3, 1, 1, 1]] as const,
    ...["query", "key", "value"].map((part) => {
      return [`videomae.encoder.layer.0.attention.attention.${part}.weight`, [2, 2]] as const
    }),
    ...["q", "v"].map((part) => {
      return [`videomae.encoder.layer.0.attention.attention.${part}_bias`, [2]] as const
    }),
  ].map(([name, shape]) => {
    return [name, fromFloats([...shape], new Float32Array(sizeOf(shape)), "BF16")]
  }),
)

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
  find: allowlist("it", torchGlobals),
  persistent(id: unknown) {
    const { dtype, elements } = storageId(id)
    const byteLength = elements * itemBytes(dtype)
    return { dtype, byteLength, read: async () => new Uint8Array(0) }
  },
}

/** What describes a model, and where it is: each reader takes text, mostly the same JSON. */
const descriptions = [
  (bytes: Uint8Array) => {
    const { model } = readConfig(parseJsonObject(bytes, "it"), "it")
    const again = parseJsonObject(json(formatConfig(model)), "it")
    expect(readConfig(again, "it").model.encoder).toEqual(model.encoder)
  },
  (bytes: Uint8Array) => readPreprocessor(parseJsonObject(bytes, "it"), "it"),
  (bytes: Uint8Array) => shardsOf(parseJsonObject(bytes, "it"), "it"),
  (bytes: Uint8Array) => {
    for (const name of parseListing(bytes, "it").files) {
      expect(resolve("/snapshot", name)).toMatch(/^\/snapshot\/./)
    }
  },
  (bytes: Uint8Array) => parseHubReference(new TextDecoder().decode(bytes)),
]

/** Tensors of given shapes, as `{ name: shape }` says in JSON, which no file holds. */
function shapedFile(bytes: Uint8Array): TensorFile {
  const shapes = Object.entries(parseJsonObject(bytes, "it"))
  const tensors = shapes.flatMap(([name, shape]) => {
    const known = isShape(shape) && shape.length > 0
    const source = { dtype: "F32", shape, bytes: () => new Uint8Array() } as TensorSource
    return known ? [[name, source] as const] : []
  })
  return tensorFile("it", new Map(tensors), async () => {})
}

const cases: readonly FuzzCase[] = [
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
    target: (bytes) => savedArgs(findWeights(unpickle(bytes, world).value, "it").place.others),
    seeds: await Promise.all(
      [
        ...["training", "views", "parameters", "protocol-4"].map((name) => `${name}.zip.pth`),
        ...["authors.pth", "hydra.ckpt", "average.pth"].map((name) => `models/${name}`),
      ].map(pickleOf),
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
    name: "whole file",
    async target(bytes) {
      const checkpoint = await openCheckpoint(bytes)
      for (const name of checkpoint.names) {
        if (checkpoint.shape(name).length < 9) await checkpoint.read(name)
      }
    },
    seeds: [
      ...["views.zip.pth", "views.legacy.pth", "parameters.legacy.pth"].map(file),
      await encodeSafetensors(named),
    ],
    words: ["torch", "storage", "PK", "module.", "_orig_mod.", "blocks.0.", "head.", "BF16"],
  },
  {
    name: "names of tensors",
    target(bytes) {
      const file = shapedFile(bytes)
      const [prefix = ""] = modelsIn(file.names)
      const { names, foreign = [] } = namesOfModel(file.names, prefix) ?? {}
      if (!names) return
      expect([...names.values(), ...foreign].sort()).toEqual([...file.names].sort())
      const bare = [...names].map(([name, from]) => ({ name, pieces: [{ from }] }))
      const official = officialNames(renamedView(file, bare))
      for (const rename of [huggingFaceNames, timmNames, encoderNames]) {
        try {
          detect(rename(official))
        } catch (error) {
          if (!(error instanceof TubeletError)) throw error
        }
      }
    },
    seeds: [
      {
        "module.videomae.embeddings.patch_embeddings.projection.weight": [8, 3, 2, 4, 4],
        "module.videomae.encoder.layer.0.attention.attention.query.weight": [8, 8],
        "module.videomae.encoder.layer.0.attention.attention.key.weight": [8, 8],
        "module.videomae.encoder.layer.0.attention.attention.value.weight": [8, 8],
        "module.videomae.encoder.layer.0.attention.attention.q_bias": [8],
        "module.videomae.encoder.layer.0.attention.attention.v_bias": [8],
      },
      {
        "patch_embed.proj.weight": [8, 3, 4, 4],
        "blocks.0.attn.qkv.weight": [24, 8],
        "blocks.0.attn.qkv.bias": [24],
        "decoder_blocks.0.norm1.weight": [4],
        "head.weight": [2, 8],
      },
      {
        "net._orig_mod.model.encoder.patch_embed.proj.weight": [8, 3, 2, 4, 4],
        "net.model.encoder._orig_mod.blocks.0.norm1.weight": [8],
        "ema.model.encoder.patch_embed.proj.weight": [8, 3, 2, 4, 4],
        "net.model.projector.weight": [8, 8],
        "criterion.weight": [3],
      },
    ].map(json),
    words: [
      "_orig_mod.",
      "module.",
      "criterion.",
      "patch_embed.proj.weight",
      "encoder.",
      "decoder.",
      "model.",
      "blocks.0.",
      '"head.bias":[2],',
      "vit.",
      "10000",
    ],
  },
  {
    name: "configuration and index",
    target: (bytes) => descriptions[(bytes[0] ?? 0) % descriptions.length](bytes.subarray(1)),
    seeds: descriptions
      .flatMap((_, which) =>
        [
          {
            model_type: "videomae",
            architectures: ["VideoMAEForVideoClassification"],
            id2label: { 0: "a" },
          },
          { do_center_crop: true, crop_size: { height: 2 }, image_mean: [0, 0, 0] },
          { weight_map: { a: "model-00001-of-00001.safetensors" } },
          {
            sha: "0".repeat(40),
            siblings: [{ rfilename: "a/config.json" }, { rfilename: "../b" }],
          },
        ].map((value) => Uint8Array.from([which, ...json(value)])),
      )
      .concat(Uint8Array.from([4, ...Buffer.from("hf:owner/name@main:a/b.safetensors")])),
    words: ['"hidden_size":', "null", "-1", '"vit_mae"', '"../x"', "[]", "{}", '"size"', "hf:a/b"],
  },
]

fuzzTests(cases, /packages\/checkpoint\/src/)
