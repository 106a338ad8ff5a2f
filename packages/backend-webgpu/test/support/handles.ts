import { type Backend, type DType, type HostArray, hostArray, spec } from "@tubelet/core"
import { describe, expect, test } from "vitest"

const dtypes: readonly DType[] = ["f32", "f16", "bf16", "i32", "u8", "bool"]
/** Around the paddings of 4, 16 and 256 bytes. */
const sizes = [0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000]

/** Elements that use every byte. */
function numbered(dtype: DType, size: number, seed = 0): HostArray {
  const array = hostArray(dtype, size)
  for (let i = 0; i < size; i++) array[i] = dtype === "bool" ? i % 2 : (i + 1 + seed) * 7919
  return array
}

/** `toEqual` takes seconds for millions of elements. */
const sameBytes = (a: HostArray, b: HostArray): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i])

const vector = spec("f32", [4])

/** The contract of handles, in Node and in a page. `open` returns a new backend. */
export function describeHandles(open: () => Promise<Backend>): void {
  describe("handles", async () => {
    const backend = await open()

    for (const dtype of dtypes) {
      test(`${dtype} of every size comes back as it went`, async () => {
        const given = sizes.map((size) => numbered(dtype, size))
        const handles = given.map((data, i) => backend.upload(data, spec(dtype, [sizes[i]])))
        const read = await Promise.all(handles.map((handle) => handle.data()))
        expect(read).toEqual(given)
        for (const handle of handles) handle.dispose()
        expect(backend.memory().bytesInUse).toBe(0)
      })
    }

    test("item works for scalars only", async () => {
      const scalar = backend.upload(Float32Array.of(2.5), spec("f32"))
      expect(await scalar.item()).toBe(2.5)
      const half = backend.upload(Uint16Array.of(0x3e00), spec("f16", [1]))
      expect(await half.item()).toBe(1.5)
      const more = backend.upload(new Float32Array(4), vector)
      await expect(more.item()).rejects.toThrow("expected a scalar, got f32[4]")
      for (const handle of [scalar, half, more]) handle.dispose()
    })

    test("the host array may change once upload returns, even if uploaded in pieces", async () => {
      const large = numbered("f32", 9 * 2 ** 20 + 3)
      const handle = backend.upload(large, spec("f32", [large.length]))
      const copy = large.slice()
      large.fill(0)
      expect(sameBytes(await handle.data(), copy)).toBe(true)
      handle.dispose()
    })

    test("views of larger buffers and of shared memory are read at their offset", async () => {
      const whole = numbered("f32", 16)
      const part = backend.upload(whole.subarray(3, 7), vector)
      expect(await part.data()).toEqual(whole.slice(3, 7))
      part.dispose()
      if (typeof SharedArrayBuffer === "undefined") return
      const shared = new Float32Array(new SharedArrayBuffer(64))
      shared.set(whole)
      const handle = backend.upload(shared as HostArray, spec("f32", [16]))
      expect([...(await handle.data())]).toEqual([...whole])
      handle.dispose()
    })

    test("data is as of the call, even if the handle is disposed afterwards", async () => {
      const first = backend.upload(Float32Array.of(1, 2, 3, 4), vector)
      const read = first.data()
      first.dispose()
      const second = backend.upload(Float32Array.of(5, 6, 7, 8), vector)
      expect([...(await read)]).toEqual([1, 2, 3, 4])
      expect([...(await second.data())]).toEqual([5, 6, 7, 8])
      second.dispose()
    })

    test("wrong lengths and disposed handles are rejected", async () => {
      expect(() => backend.upload(new Float32Array(3), vector)).toThrow("got 3 elements for f32[4]")
      const handle = backend.upload(new Float32Array(4), vector)
      handle.dispose()
      handle.dispose()
      await expect(handle.data()).rejects.toThrow("f32[4] was disposed")
      expect(backend.memory().bytesInUse).toBe(0)
    })

    test("bytes are flat over 1000 uploads, reads and disposals", async () => {
      const held = numbered("i32", 100)
      const round = async (i: number) => {
        const handle = backend.upload(held, spec("i32", [100]))
        const scalar = backend.upload(Int32Array.of(i), spec("i32"))
        expect(await scalar.item()).toBe(i)
        handle.dispose()
        scalar.dispose()
      }
      await round(0)
      const before = backend.memory()
      for (let i = 0; i < 1000; i++) await round(i)
      expect(backend.memory()).toEqual(before)
      expect(before.bytesInUse).toBe(0)
    })

    test("bytes in use include alignment; empty buffers are freed", () => {
      const { bytesReserved } = backend.memory()
      const mebibyte = 2 ** 20
      const handles = [1, 5, 9].map((n) =>
        backend.upload(new Uint8Array(n * mebibyte - 200), spec("u8", [n * mebibyte - 200])),
      )
      expect(backend.memory().bytesInUse).toBe(15 * mebibyte)
      expect(backend.memory().bytesReserved).toBeGreaterThanOrEqual(15 * mebibyte)
      for (const handle of handles) handle.dispose()
      expect(backend.memory().bytesInUse).toBe(0)
      expect(backend.memory().bytesReserved).toBe(bytesReserved)
    })

    test("after dispose nothing is held and every call fails", async () => {
      const handle = backend.upload(new Float32Array(4), vector)
      const read = handle.data()
      await backend.dispose()
      expect([...(await read)]).toEqual([0, 0, 0, 0])
      expect(backend.memory().bytesReserved).toBe(0)
      expect(() => backend.upload(new Float32Array(4), vector)).toThrow("was disposed")
      await expect(handle.data()).rejects.toThrow("backend was disposed")
      handle.dispose()
      await backend.dispose()
    })
  })
}
