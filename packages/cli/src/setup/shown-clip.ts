import { TubeletError } from "@tubelet/core"
import { readClipInSubprocess } from "@tubelet/video"

/** Help on damaged frames, for commands that show a clip. */
export const onDamage = (field: string) =>
  `Frames that cannot be read are reported in the log and in the JSON's ${field}. If no\n` +
  "frame can be read, nothing is written and the exit code is 1."

/**
 * One clip of a file, to look at. Frames that cannot be read are counted, and replaced by
 * neighbours or black; if no frame can be read, it throws.
 */
export async function readShownClip(
  path: string,
  recipe: Parameters<typeof readClipInSubprocess>[1],
) {
  const clip = await readClipInSubprocess({ path }, recipe)
  const damaged = clip.valid.filter((whole) => !whole).length
  if (damaged < recipe.frames) return { ...clip, damaged }
  throw new TubeletError(
    `${path}: none of the clip's ${recipe.frames} frames could be read`,
    "the file is damaged: copy or re-encode it, or try another --start",
  )
}
