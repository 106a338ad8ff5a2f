import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { openCheckpoint, openStored } from "../src/index.js"
import { zipPieces } from "../src/zip/write.js"
import { data } from "./data.js"

const bytes = (start: string) => Uint8Array.from(start.padEnd(600, "\x07"), (c) => c.charCodeAt(0))
const isoBox = (brand: string) => `\0\0\0\x20ftyp${brand}\0\0\x02\0`

describe("a file that is not a checkpoint is identified", () => {
  test.each([
    [/an ONNX model.*\n?.*exported from/s, "\x08\x08\x12\x07pytorch\x1a\x05"],
    [/an ONNX model/, "\x08\x0a\x3a\x90\x01"],
    [/a Git LFS pointer.*git lfs pull/s, "version https://git-lfs.github.com/spec/v1\noid sha256:"],
    [/an HTML page.*\/resolve\//s, "<!DOCTYPE html>\n<html>"],
    [/an HTML page/, "\n  <html lang=en>"],
    [/a GGUF file/, "GGUF\x03\0\0\0"],
    [/an HDF5 file/, "\x89HDF\r\n\x1a\n"],
    [/a NumPy array/, "\x93NUMPY\x01\0"],
    [/an image/, "\x89PNG\r\n\x1a\n"],
    [/an image/, "\xff\xd8\xff\xe0\0\x10JFIF"],
    [/an image/, "RIFF\x24\0\0\0WEBPVP8 "],
    [/an image/, isoBox("avif")],
    [/a video/, isoBox("isom")],
    [/a video/, "\x1aE\xdf\xa3\x01\0\0\0"],
    [/a video/, "RIFF\x24\0\0\0AVI LIST"],
    [/a video/, `G${"\0".repeat(187)}G`],
    [/an archive/, "\x1f\x8b\x08\0"],
    [/an archive/, `${"model.pth".padEnd(257, "\0")}ustar`],
    [/a JSON file.*the folder/s, '{\n  "model_type": "videomae"'],
    [/a JSON file/, '{"a":{"'],
    [/neither safetensors. nor PyTorch.s/, "What I trained today, and why it is good\n"],
  ])("%s", async (message, start) => {
    await expect(openStored(bytes(start))).rejects.toThrow(message)
  })

  test("by its path, a real video of the project", async () => {
    const clip = fileURLToPath(new URL("../../../examples/clips/street-01.mp4", import.meta.url))
    const what = /street-01\.mp4 is not a checkpoint but a video.*as the input/s
    await expect(openCheckpoint(clip)).rejects.toThrow(what)
  })
})

describe("other files of PyTorch and its relatives are identified", () => {
  test.each([
    ["script.pt", /not a checkpoint but a TorchScript archive.*torch\.jit\.load/s],
    ["sparse.pth", /contains sparse tensors .*not supported\n.*to_dense/],
    ["quantised.pth", /contains quantised tensors .*not supported\n.*dequantize/],
  ])("%s", async (name, message) => {
    await expect(openStored(data(`models/${name}`))).rejects.toThrow(message)
  })

  test.each([
    [["m/archive_format", "m/models/model.json"], /an exported program \(torch\.export/],
    [["model.weights.h5", "config.json"], /a Keras model/],
    [["a.npy", "b.npy"], /an archive of NumPy arrays/],
    [["notes.txt"], /a zip file but not a PyTorch checkpoint/],
  ])("a zip file with %j", async (names, message) => {
    const parts: Uint8Array[] = []
    const contents = names.map((name) => ({ name, size: 1, bytes: new Uint8Array(1) }))
    for await (const piece of zipPieces(contents)) parts.push(piece)
    await expect(openStored(new Uint8Array(Buffer.concat(parts)))).rejects.toThrow(message)
  })

  test("a folder of a distributed checkpoint", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tubelet-dist-"))
    await writeFile(join(folder, "__0_0.distcp"), "")
    await writeFile(join(folder, ".metadata"), "")
    const message = /is a distributed checkpoint.*\n.*dcp_to_torch/
    await expect(openCheckpoint(folder)).rejects.toThrow(message)
    await rm(folder, { recursive: true })
  })
})

test("a safetensors file is accepted, whatever the length of its header resembles", async () => {
  for (const length of [0x7b, 0x5b, 0x3c, 0x20, 0x0847, 0x4d42, 0x3a0808, 0x120608]) {
    const entry = { dtype: "U8", shape: [1], data_offsets: [0, 1] }
    const header = JSON.stringify({ t: entry }).padEnd(length, " ")
    const file = new Uint8Array(8 + header.length + 1)
    new DataView(file.buffer).setUint32(0, header.length, true)
    file.set(new TextEncoder().encode(header), 8)
    expect((await openStored(file)).names).toEqual(["t"])
  }
})
