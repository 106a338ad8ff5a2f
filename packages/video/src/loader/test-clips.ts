import type { PixelArray, PixelType } from "../clip/pixel-type.js"
import { testBytes } from "../clip/read-test-views.js"
import { type ClipRecipe, pixelsIn } from "../clip/recipe.js"
import type { TestView } from "../clip/test-views.js"
import { notFound } from "../decode/not-found.js"
import type { ClipItem } from "../item.js"
import { requireSampling } from "../sampling/kinds.js"
import { inOrder } from "../workers/in-order.js"
import { decoders } from "../workers/pool.js"
import type { TestTask } from "../workers/task.js"
import { badClipReason } from "./bad-clip.js"
import { defaultWorkers } from "./loader.js"

export interface TestClipsOptions<P extends PixelType = "u8">
  extends Pick<ClipRecipe<P>, "frames" | "stride" | "size" | "pixels"> {
  readonly items: readonly ClipItem[]
  /** See `testViews`. */
  readonly views: readonly TestView[]
  /** Index of the first item, to resume. Default: 0. */
  readonly start?: number
  /** Seed of random samplings and transforms. Default: 0. */
  readonly seed?: number
  /** Subprocesses that decode; 0 uses the main process. Default: half of the cores. */
  readonly workers?: number
  /** A clip that takes longer counts as unreadable. Default: 60. */
  readonly timeoutSeconds?: number
}

/** All views of one clip. */
export interface TestClip<P extends PixelType = "u8"> {
  /** The clip's index in the data set. */
  readonly index: number
  readonly item: ClipItem
  /** RGB, [views, frames, size, size, 3], in the order of `views`; empty if unreadable. */
  readonly clips: PixelArray[P]
  /** Why the clip cannot be read. It is not replaced. */
  readonly reason?: string
}

/** Every clip once, in the order of the items, with all test views. */
export async function* testClips<P extends PixelType = "u8">(
  options: TestClipsOptions<P>,
): AsyncGenerator<TestClip<P>, void, void> {
  const { items, views, frames, stride, size, pixels, start = 0, seed = 0 } = options
  for (const { sampling } of views) requireSampling(sampling)
  const { workers = defaultWorkers(items), timeoutSeconds = 60 } = options
  const runner = decoders(workers, timeoutSeconds)
  const recipe = { frames, stride, size, ...(pixels && { pixels }) }
  const read = async (index: number): Promise<TestClip<P>> => {
    const item = items[index]
    const none = { index, item, clips: pixelsIn(new Uint8Array(), pixels) }
    if (item.missing) return { ...none, reason: notFound(item.path).message }
    const bytes = new Uint8Array(testBytes(recipe, views))
    try {
      const task: TestTask = { kind: "test", item, recipe, views, key: ["test", seed, index] }
      await runner.run(task, () => bytes)
      return { index, item, clips: pixelsIn(bytes, pixels) }
    } catch (error) {
      return { ...none, reason: badClipReason(error) }
    }
  }
  try {
    const indices = Array.from({ length: Math.max(0, items.length - start) }, (_, i) => start + i)
    yield* inOrder(indices, read, workers)
  } finally {
    runner.close()
  }
}
