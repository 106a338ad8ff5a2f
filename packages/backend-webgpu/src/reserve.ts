import { type Buffers, type DeviceBuffer, outOfMemory, usage } from "./buffers.js"
import { Chunk, type Heap } from "./heap.js"
import type { Plan } from "./plan.js"
import { mebibytes, partsOf } from "./room.js"

const purpose = "weights and what is kept beside them"

/**
 * Takes memory for blocks of so many bytes in all, beside what is in use. Where it is known how
 * much there is, it is only promised: software takes its time to give it.
 *
 * @throws TubeletError where there is no room.
 */
export async function reserve(heap: Heap, bytes: number): Promise<void> {
  const { buffers } = heap
  const held = heap.chunks.reduce((sum, { buffer }) => sum + buffer.bytes, 0)
  const missing = bytes - (held - heap.bytesInUse)
  if (missing <= 0) return
  buffers.promised = 0
  requireRoom(buffers, missing, purpose)
  if (buffers.memoryBytes !== undefined) buffers.promised = missing
  else {
    const made = await createAll(buffers, "heap", partsOf(missing, heap.largestChunk), purpose)
    heap.chunks.push(...made.map((buffer) => new Chunk(buffer)))
  }
}

/** Memory for the inner tensors of a program, which nothing else has. */
export const slabsOf = ({ slabs }: Plan, buffers: Buffers): Promise<DeviceBuffer[]> =>
  createAll(buffers, "inner tensors", slabs, "the inner tensors of a compiled function")

/**
 * Buffers that are there once it resolves.
 *
 * @throws TubeletError where there is no room for all of them; then there is none.
 */
async function createAll(
  buffers: Buffers,
  label: string,
  sizes: readonly number[],
  purpose: string,
): Promise<DeviceBuffer[]> {
  const wanted = sizes.reduce((sum, bytes) => sum + bytes, 0)
  requireRoom(buffers, wanted, purpose)
  const made = sizes.map((bytes) => buffers.create({ label, bytes, usage: usage.memory, purpose }))
  await buffers.faults.settled()
  const error = made.find(({ error }) => error)?.error
  if (!error) return made
  for (const buffer of made) {
    buffers.faults.read(buffer.error)
    buffer.destroy()
  }
  throw error
}

function requireRoom(buffers: Buffers, wanted: number, purpose: string): void {
  const { memoryBytes, promised } = buffers
  const held = buffers.bytes + promised
  if (memoryBytes === undefined || held + wanted <= memoryBytes) return
  throw outOfMemory(purpose, wanted, held, `${mebibytes(memoryBytes)} may be taken`)
}
