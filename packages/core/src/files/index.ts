export { atExit } from "./at-exit.js"
export { exists } from "./exists.js"
export { makeFolder, removeFolders } from "./folder.js"
export {
  childProcess,
  crypto,
  fileSystem,
  network,
  operatingSystem,
  paths,
  syncFileSystem,
  urls,
} from "./node.js"
export { isOwnRecord } from "./own-record.js"
export { type Append, replaceFile, syncFolder, writeText } from "./replace.js"
export { isDiskFull, systemReason } from "./system-reason.js"
export { writeTogether } from "./together.js"
export { notWritten } from "./write-error.js"
