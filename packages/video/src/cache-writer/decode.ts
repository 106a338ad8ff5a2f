import type { CacheSettings, ClipName } from "../cache/format.js"
import type { ClipItem } from "../item.js"
import { badClipReason } from "../loader/bad-clip.js"
import type { DecodedFacts, DecodeTask } from "../workers/decode-clip.js"
import { inOrder } from "../workers/in-order.js"
import type { TaskRunner } from "../workers/task.js"

/** A clip to decode. */
export interface Job {
  readonly item: ClipItem
  readonly name: ClipName
}

interface Decoded {
  readonly data: Uint8Array
  readonly facts: DecodedFacts
}

/** A job with its decoded clip, or with the reason it cannot be read. */
export interface Outcome extends Job {
  readonly decoded?: Decoded
  readonly reason: string
}

/** What a clip's line in the index takes over from the data set. */
export const labelled = ({ label, split }: ClipItem): Pick<ClipItem, "label" | "split"> => ({
  ...(label !== undefined && { label }),
  ...(split !== undefined && { split }),
})

export const jobsOf = (item: ClipItem, clipsPerVideo: number): Job[] =>
  Array.from({ length: clipsPerVideo }, (_, clip) => {
    const { path, frames: range, seconds } = item
    return { item, name: { path, ...(range && { range }), ...(seconds && { seconds }), clip } }
  })

/** Decodes ahead of the consumer, and yields the clips in order. */
export const decodeAll = (
  runner: TaskRunner,
  jobs: readonly Job[],
  settings: CacheSettings,
  ahead: number,
): AsyncGenerator<Outcome> => inOrder(jobs, (job) => decode(runner, job, settings), ahead)

async function decode(runner: TaskRunner, job: Job, settings: CacheSettings): Promise<Outcome> {
  let data: Uint8Array = new Uint8Array()
  try {
    const task: DecodeTask = { kind: "decode", item: job.item, clip: job.name.clip, settings }
    const facts = await runner.run(task, (bytes) => {
      data = new Uint8Array(bytes)
      return data
    })
    return { ...job, decoded: { data, facts }, reason: "" }
  } catch (error) {
    return { ...job, reason: badClipReason(error) }
  }
}
