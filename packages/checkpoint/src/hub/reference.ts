import { TubeletError } from "@tubelet/core"

/** A model on the hub: `hf:OWNER/NAME[@REVISION][:FILE]`. */
export interface HubReference {
  readonly repository: string
  /** A branch, a tag or a commit; `main` by default. */
  readonly revision: string
  readonly file?: string
}

export const isHubReference = (text: string): boolean => text.startsWith("hf:")

const word = "[A-Za-z0-9][\\w.-]{0,95}"
const form = new RegExp(`^hf:(${word}(?:/${word})?)(?:@([^:@\\s]{1,255}))?(?::(.+))?$`)

/** A relative path that stays in its folder, on every system. */
export const isPlainPath = (path: string): boolean =>
  path.length < 1024 &&
  path.split("/").every((part) => /^(?!\.{1,2}$)[^\\:*?"<>|\0]{1,255}$/.test(part))

export function parseHubReference(text: string): HubReference {
  const match = form.exec(text)
  const [, repository, revision = "main", file] = match ?? []
  const plain = isPlainPath(revision) && (file === undefined || isPlainPath(file))
  if (repository === undefined || repository.includes("..") || !plain) {
    throw new TubeletError(
      `"${text.slice(0, 200)}" does not name a model on the hub`,
      "write hf:OWNER/NAME, hf:OWNER/NAME@REVISION or hf:OWNER/NAME:FILE",
    )
  }
  return { repository, revision, ...(file !== undefined && { file }) }
}
