import type { Readable } from "@tubelet/checkpoint"

/** The files of a golden set, in a folder or on a page's server. */
export interface SetFiles {
  /** The set's name, which begins with its kind. */
  readonly name: string
  has(file: string): Promise<boolean>
  /** A file's source; throws for a missing file, here or when it is read. */
  open(file: string): Readable | Promise<Readable>
  /** The files of a sibling set. */
  beside(name: string): SetFiles
}
