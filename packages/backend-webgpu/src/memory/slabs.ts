import type { Plan } from "@tubelet/core/codegen"
import { type Buffers, type DeviceBuffer, usage } from "./buffers.js"

/**
 * Allocates memory for the intermediates of a program.
 *
 * @throws TubeletError if the device is out of memory; then nothing stays allocated.
 */
export async function slabsOf({ slabs }: Plan, buffers: Buffers): Promise<DeviceBuffer[]> {
  const purpose = "the intermediates of a compiled function"
  const made: DeviceBuffer[] = []
  buffers.requireRoom(
    slabs.reduce((a, b) => a + b, 0),
    purpose,
  )
  try {
    for (const bytes of slabs) {
      made.push(buffers.create({ label: "intermediates", bytes, usage: usage.memory, purpose }))
    }
    await buffers.errors.settled()
    for (const { error } of made) if (error) throw error
    return made
  } catch (error) {
    for (const buffer of made) {
      buffers.errors.read(buffer.error)
      buffer.destroy()
    }
    throw error
  }
}
