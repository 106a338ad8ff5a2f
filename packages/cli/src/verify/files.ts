import type { Readable } from "@tubelet/checkpoint"

/** The files of a golden set, wherever they lie: in a folder, on a page's server. */
export interface SetFiles {
  /** The set's name, which begins with its kind. */
  readonly name: string
  has(file: string): Promise<boolean>
  /** What a file is read from; that it is missing is an error here, or once it is read. */
  open(file: string): Readable | Promise<Readable>
  /** Those of another set, which lies beside this one. */
  beside(name: string): SetFiles
}
