import type { ClipAtOptions, readClipAt } from "../clip/read.js"
import { MediaError } from "../decode/errors.js"
import type { ClipItem } from "../item.js"
import { TimedOut, WorkerDied } from "./pool-worker.js"
import { Subprocess } from "./subprocess.js"
import type { ClipAtTask, Facts } from "./task.js"

/**
 * `readClipAt` in a subprocess: if the decoder crashes or hangs, an error that names the file is
 * thrown and the program continues.
 *
 * @throws MediaError if the decoder crashes, or returns nothing within `timeoutSeconds`.
 */
export async function readClipInSubprocess(
  item: ClipItem,
  options: ClipAtOptions,
  timeoutSeconds = 60,
): ReturnType<typeof readClipAt> {
  const subprocess = new Subprocess(timeoutSeconds)
  let data = new Uint8Array()
  const target = (bytes: number) => {
    data = new Uint8Array(bytes)
    return data
  }
  try {
    const task: ClipAtTask = { kind: "clip-at", item, options }
    const facts = await subprocess.run(task, target)
    return { data, ...(facts as Facts<ClipAtTask>) }
  } catch (cause) {
    if (!(cause instanceof WorkerDied || cause instanceof TimedOut)) throw cause
    const advice = "the file is damaged: copy or encode it again"
    throw new MediaError(item.path, cause.message, advice, { cause })
  } finally {
    subprocess.die("its clip was read")
  }
}
