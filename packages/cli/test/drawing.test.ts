import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { tinyModel, tubelet } from "./project.js"

let folder: string
let config: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-drawing-"))
  config = join(folder, "tiny.json")
  await writeFile(config, JSON.stringify({ model: tinyModel }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function drawn(...argv: string[]): Promise<string> {
  const out = join(folder, "drawing", `${argv.join("")}.svg`)
  const { code, stdout } = await tubelet("inspect", "--graph", ...argv, "--out", out, "--json")
  expect(code).toBe(0)
  const { kernels } = JSON.parse(stdout)
  const svg = await readFile(out, "utf8")
  expect(svg).toContain(`${kernels} kernels`)
  return svg
}

/** The boxes of kernels: the legend's are smaller. */
const boxes = (svg: string): number => svg.match(/<rect [^>]*width="250"/g)!.length

describe("tubelet inspect --graph", () => {
  test("draws each kernel of an encoder, what it reads and what it leaves", async () => {
    const svg = await drawn("--model", config, "--step", "encode")
    const [, kernels] = /: (\d+) kernels/.exec(svg)!
    expect(boxes(svg)).toBe(Number(kernels))
    for (const words of ["flashForward", "blocks.0.attn.qkv.weight", "gelu", "features"]) {
      expect(svg).toContain(words)
    }
    expect(svg).toMatch(/<path d="M[^"]+"\/><text[^>]+>f32 1 × 32 × 24, 3.0 KiB</)
  })

  test("draws a training step, its updates as one box; the same text each time", async () => {
    const svg = await drawn("--model", config)
    expect(svg).toMatch(/\d+ kernels update state/)
    expect(svg).toMatch(/\d+ tensors in place/)
    expect(svg).toContain("◂ loss")
    expect(await drawn("--model", config)).toBe(svg)
  })

  test("boxes do not cover one another", async () => {
    const svg = await drawn("--model", config)
    const places = [...svg.matchAll(/<rect x="([-\d.]+)" y="([\d.]+)" width="250" height="(\d+)"/g)]
    const rects = places.map(([, x, y, height]) => ({ x: +x, y: +y, height: +height }))
    for (const [i, a] of rects.entries()) {
      for (const b of rects.slice(0, i)) {
        const apart = Math.abs(a.x - b.x) >= 250 || a.y + a.height <= b.y || b.y + b.height <= a.y
        expect(apart).toBe(true)
      }
    }
  })

  test("cuts long names where they can be told apart; the pointer shows the whole", async () => {
    const svg = await drawn("--model", config)
    const inputs = [...svg.matchAll(/<text[^>]*>(?:<title>([^<]*)<\/title>)?(▸ [^<]*)</g)]
    const cut = inputs.filter(([, whole, text]) => whole && !text.includes(" and "))
    const shortOf = new Map(cut.map(([, whole, text]) => [whole, text]))
    expect(shortOf.get("▸ second/encoder.blocks.0.attn.proj.weight")).toBe(
      "▸ second/encoder.…0.attn.proj.weight",
    )
    expect(new Set(shortOf.values()).size).toBe(shortOf.size)
    for (const text of shortOf.values()) expect(text).toHaveLength(36)
  })

  test("is no PNG", async () => {
    const out = join(folder, "g.png")
    const { code, stderr } = await tubelet("inspect", "--graph", "--model", config, "--out", out)
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/is not an .svg file\nname it .*g\.svg/),
    ])
    await expect(readFile(out)).rejects.toThrow(/ENOENT/)
  })

  test("goes to standard output; without --graph a checkpoint is asked for", async () => {
    const { stdout } = await tubelet("inspect", "--graph", "--model", config, "--step", "encode")
    expect(stdout).toMatch(/^<svg [\s\S]*<\/svg>\n/)
    const { code, stderr } = await tubelet("inspect", "--model", config)
    expect([code, stderr]).toEqual([2, expect.stringContaining("--graph")])
  })
})
