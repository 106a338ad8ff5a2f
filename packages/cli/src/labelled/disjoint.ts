import { TubeletError } from "@tubelet/core"
import { type ClipItem, findDuplicates } from "@tubelet/video"

/** Above this, too many files have the same size: comparing their bytes would take minutes. */
const mostClips = 50_000

/**
 * Throws if a training clip, or a copy of it, is also a validation clip. In a large data set only
 * paths are compared, which is reported to `onNotice`.
 */
export async function requireDisjoint(
  source: string,
  train: readonly ClipItem[],
  scored: readonly ClipItem[],
  onNotice?: (message: string) => void,
): Promise<void> {
  const clips = train.length + scored.length
  const copies = clips <= mostClips
  if (!copies) {
    onNotice?.(
      `${source}: did not look for copies of training clips among the validation clips: ` +
        `with ${clips} clips, only paths are compared`,
    )
  }
  const as = (split: string) => (item: ClipItem) => ({
    item: { ...item, split },
    clip: new Uint8Array(),
  })
  const all = [...train.map(as("train")), ...scored.map(as("val"))]
  const found = await findDuplicates(all, { copies })
  if (found.length === 0) return
  const [a, b] = found[0].paths
  throw new TubeletError(
    `${source}: ${found.length} of the validation clips are also training clips, ` +
      `such as ${a} and ${b}`,
    "remove them from one of the splits (tubelet data lists them all), or pass --allow-duplicates",
  )
}
