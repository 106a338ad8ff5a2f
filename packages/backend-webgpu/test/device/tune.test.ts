import { compile, linear, spec } from "@tubelet/core"
import { expect, test } from "vitest"
import { webgpuBackend } from "../../src/index.js"

const specs = { x: spec("f32", [40, 24]), w: spec("f32", [36, 24]) }
const values = {
  x: Float32Array.from({ length: 960 }, (_, i) => Math.sin(i)),
  w: Float32Array.from({ length: 864 }, (_, i) => Math.cos(i)),
}

const productOn = async (
  backend: Awaited<ReturnType<typeof webgpuBackend>>,
  onProgress = (_part: number) => {},
) => {
  const f = await compile(backend, ({ x, w }) => ({ y: linear(x, w) }), { specs, onProgress })
  return (await f.run(values).y.data()) as Float32Array
}

test("measured tiles are told, adopted by another backend, and change no result", async () => {
  const tuned = await webgpuBackend({ tune: true })
  const plain = await webgpuBackend()
  const expected = await productOn(plain)
  expect(plain.choices!()).toEqual({})
  const progress: number[] = []
  const found = await productOn(tuned, (part) => progress.push(part))
  expect(progress).toEqual([0.9, 1])
  const worst = found.reduce((most, y, i) => Math.max(most, Math.abs(y - expected[i]!)), 0)
  expect(worst).toBeLessThan(1e-5)
  const choices = tuned.choices!()
  const [tiles] = Object.values(choices) as Record<string, string>[]
  expect(Object.values(tiles!)).toHaveLength(1)
  plain.adopt!(JSON.parse(JSON.stringify(choices)))
  expect(plain.choices!()).toEqual(choices)
  expect(await productOn(plain)).toEqual(found)
  await tuned.dispose()
  await plain.dispose()
})
