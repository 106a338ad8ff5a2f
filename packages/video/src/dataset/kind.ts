import type { ClipItem } from "../item.js"
import type { Place } from "./place.js"

/**
 * A layout of data sets on disk. `dataset` knows those that people download; pass your own as
 * `kind`.
 */
export interface Kind {
  /** Such as `ucf101`. */
  readonly name: string
  /** The files that it is recognised by, for messages. */
  readonly markers: string
  /** The files of a place that belong to this kind; none if it is of another kind. */
  detects(place: Place): readonly string[] | Promise<readonly string[]>
  /** Lists the clips; `files` are those that `detects` found. */
  read(place: Place, request: KindRequest): Listing | Promise<Listing>
}

export interface KindRequest {
  readonly files: readonly string[]
  /** Which of several official partitions into splits, from 1. Undefined if none was named. */
  readonly fold: number | undefined
  /** Whether each picture is a clip, or each folder of them. Undefined: as in the folders. */
  readonly pictures: "samples" | "frames" | undefined
  readonly onNotice: (message: string) => void
}

/** What a kind found. */
export interface Listing {
  readonly clips: readonly ListedClip[]
  /**
   * Class names in the order of their labels. Default: the sorted names among the labels of the
   * training split, or of all clips if there is none.
   */
  readonly classes?: readonly string[]
  /** The partition that was read, if there are several. */
  readonly fold?: number
}

export interface ListedClip extends Pick<ClipItem, "frames" | "seconds" | "packed" | "cached"> {
  /** Absolute, or relative to the data set's root. */
  readonly path: string
  /** A class name or its index. */
  readonly label?: string | number
  readonly split?: string
  /** All columns of the clip's row, to group clips by. */
  readonly columns?: Readonly<Record<string, string>>
}

/** Checks the type of a custom kind. */
export const defineKind = (kind: Kind): Kind => kind
