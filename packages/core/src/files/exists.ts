import { fileSystem } from "./node.js"

/** Whether something is at a path, at the end of its links. Node only. */
export const exists = async (path: string): Promise<boolean> =>
  (await fileSystem()).access(path).then(
    () => true,
    () => false,
  )
