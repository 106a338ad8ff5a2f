import { random } from "@tubelet/core/random"
import type { ClipBatch, ClipData } from "./clips.js"

/** Clips that are already in memory, u8 RGB [T, H, W, 3] each, in a new order each epoch. */
export function memoryClips(
  clips: readonly Uint8Array[],
  { seed = 0 }: { seed?: number } = {},
): ClipData {
  const orders = new Map<number, Int32Array>()
  const orderOf = (epoch: number): Int32Array => {
    const known = orders.get(epoch)
    if (known) return known
    const order = random("order", seed, epoch).permutation(clips.length)
    orders.clear()
    orders.set(epoch, order)
    return order
  }
  const sampleAt = (position: number) => {
    const epoch = Math.floor(position / clips.length)
    return { epoch, index: orderOf(epoch)[position % clips.length]! }
  }
  return {
    length: clips.length,
    async *batches({ batch, start }): AsyncGenerator<ClipBatch> {
      for (let next = start + batch; ; next += batch) {
        const samples = Array.from({ length: batch }, (_, i) => sampleAt(next - batch + i))
        const bytes = clips[0]!.length
        const all = new Uint8Array(batch * bytes)
        samples.forEach(({ index }, i) => {
          all.set(clips[index]!, i * bytes)
        })
        yield { clips: all, samples, next }
      }
    },
  }
}
