const kept = new Map<string, Uint8Array>()

/**
 * Memory for frames in the making, used again for every view: fresh memory costs as much as a copy,
 * and makes the garbage collector run. A view is made in one go, so nothing else can use it.
 */
export function scratch(name: "frames" | "moved", bytes: number): Uint8Array {
  const known = kept.get(name)
  const memory = known && known.length >= bytes ? known : new Uint8Array(bytes)
  kept.set(name, memory)
  return memory.subarray(0, bytes)
}

/** Such memory for what comes after frames that may be in it themselves. */
export const scratchBeside = ({ buffer, length }: Uint8Array): Uint8Array =>
  scratch(kept.get("moved")?.buffer === buffer ? "frames" : "moved", length)
