import type { ClipItem } from "../item.js"
import type { CheckFacts, CheckTask } from "../workers/check-clip.js"
import { inOrder } from "../workers/in-order.js"
import { decoders } from "../workers/pool.js"
import { badClipReason } from "./bad-clip.js"
import { defaultWorkers } from "./loader.js"

export interface CheckClipsOptions {
  readonly items: readonly ClipItem[]
  /** Frames to read of each clip, from its first to its last. Default: 4. */
  readonly frames?: number
  /** Side of the square pictures. Default: 96. */
  readonly size?: number
  /** Subprocesses that decode; 0 uses the main process. Default: half of the cores. */
  readonly workers?: number
  /** A clip that takes longer counts as unreadable. Default: 60. */
  readonly timeoutSeconds?: number
}

/** A clip that was opened. */
export interface CheckedClip {
  readonly item: ClipItem
  /** Its contents; undefined if it cannot be read. */
  readonly facts?: CheckFacts
  /** The centres of its frames, u8 RGB [frames, size, size, 3]. */
  readonly clip: Uint8Array
  /** Why it cannot be read. */
  readonly reason?: string
}

/** Opens clips and reads some frames of each. Yields in the order of the items. */
export async function* checkClips(options: CheckClipsOptions): AsyncGenerator<CheckedClip> {
  const { items, frames = 4, size = 96, timeoutSeconds = 60 } = options
  const workers = options.workers ?? defaultWorkers(items)
  const runner = decoders(workers, timeoutSeconds)
  const check = async (item: ClipItem): Promise<CheckedClip> => {
    let clip: Uint8Array = new Uint8Array()
    try {
      const task: CheckTask = { kind: "check", item, frames, size }
      const facts = await runner.run(task, (bytes) => {
        clip = new Uint8Array(bytes)
        return clip
      })
      return { item, facts, clip }
    } catch (error) {
      return { item, clip, reason: badClipReason(error) }
    }
  }
  try {
    yield* inOrder(items, check, 2 * workers)
  } finally {
    runner.close()
  }
}
