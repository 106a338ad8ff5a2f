import { TubeletError } from "@tubelet/core"
import { readClipInSubprocess } from "@tubelet/video"

/** For the help of commands that show a clip. */
export const onDamage = (field: string) =>
  `Where some frames cannot be read, a line and ${field} in the JSON say so, and\n` +
  "the exit code is 0; where none can, there is no result and it is 1."

/**
 * One clip of a file, to be looked at. Frames that cannot be read are neighbours or black, and are
 * counted; a clip of nothing else is an error.
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
    "the file is damaged: copy or encode it again, or try another --start",
  )
}
