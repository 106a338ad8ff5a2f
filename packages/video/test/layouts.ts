import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Dataset } from "../src/index.js"

/** Makes a folder of text files by name; media need no content to be found. */
export function layout(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), "tubelet-layout-"))
  for (const [name, content] of Object.entries(files)) put(root, name, content)
  return root
}

export function put(root: string, name: string, content: string | Uint8Array = ""): void {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), content)
}

export const empty = (...names: string[]) => Object.fromEntries(names.map((name) => [name, ""]))

/** What a data set says of each clip: `train jump run/a.mp4`, with `!` where it is missing. */
export const said = ({ items, classes }: Dataset, root: string) =>
  items.map(({ path, label, split, missing }) =>
    [split, label === undefined ? undefined : classes[label], path.replace(`${root}/`, "")]
      .filter((word) => word !== undefined)
      .concat(missing ? ["!"] : [])
      .join(" "),
  )
