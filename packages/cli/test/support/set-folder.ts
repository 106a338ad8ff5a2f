import { setFolder } from "../../src/verify/folder.js"
import { goldenSets } from "./golden-sets.js"

/** The files of a golden set where tests have a file system. */
export const folderOf = (set: string) => setFolder(`${goldenSets[set]?.folder}/${set}`)
