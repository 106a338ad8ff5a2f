import type { Kind } from "../kind.js"
import { cache } from "./cache.js"
import { classFolders } from "./class-folders.js"
import { csv } from "./csv.js"
import { hmdb51 } from "./hmdb51.js"
import { imagenet } from "./imagenet.js"
import { kinetics } from "./kinetics.js"
import { list } from "./list.js"
import { somethingSomething } from "./something-something.js"
import { ucf101 } from "./ucf101.js"
import { unsupported } from "./unsupported.js"
import { webdataset } from "./webdataset.js"

/** The kinds with files of their own; earlier ones take theirs first. */
export const markedKinds: readonly Kind[] = [
  unsupported,
  ucf101,
  hmdb51,
  kinetics,
  somethingSomething,
  imagenet,
  webdataset,
  cache,
  csv,
  list,
]

/** Where there are no such files. */
export const plainKind: Kind = classFolders

export const kinds: readonly Kind[] = [
  ...markedKinds.filter((kind) => kind !== unsupported),
  plainKind,
]
