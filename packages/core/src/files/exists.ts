import { fileSystem } from "./node.js"

/** Whether a path exists, following links. Node only. */
export const exists = async (path: string): Promise<boolean> =>
  (await fileSystem()).access(path).then(
    () => true,
    () => false,
  )
