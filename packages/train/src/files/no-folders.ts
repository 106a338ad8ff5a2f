import { TubeletError } from "@tubelet/core"

/** Replaces `run-folder` in pages (the `browser` field of package.json): folders need Node. */
export async function openRunFolder(folder: string): Promise<never> {
  throw new TubeletError(
    `cannot write to folder ${folder} outside Node`,
    "pass a custom RunStore as `out`, or omit `out` to keep nothing",
  )
}
