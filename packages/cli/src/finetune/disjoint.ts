import { TubeletError } from "@tubelet/core"
import { type ClipItem, findDuplicates } from "@tubelet/video"

/** Of more clips, so many files have equal sizes that comparing them would take minutes. */
const mostClips = 50_000

/** Throws if a file to learn from and a file to score have equal bytes. */
export async function requireDisjoint(
  source: string,
  train: readonly ClipItem[],
  scored: readonly ClipItem[],
): Promise<void> {
  if (train.length + scored.length > mostClips) return
  const as = (split: string) => (item: ClipItem) => ({
    item: { ...item, split },
    clip: new Uint8Array(),
  })
  const found = await findDuplicates([...train.map(as("train")), ...scored.map(as("val"))])
  if (found.length === 0) return
  const [a, b] = found[0].paths
  throw new TubeletError(
    `${source}: ${found.length} of the clips to score are also clips to learn from, ` +
      `such as ${a} and ${b}`,
    "remove them from one of the splits (tubelet data names them all), or pass --allow-duplicates",
  )
}
