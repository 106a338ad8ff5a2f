import { fileSystem } from "./node.js"

/**
 * Whether a JSON file has fields of these names, at any depth: then Tubelet wrote it and may
 * replace it and the files next to it.
 */
export async function isOwnRecord(path: string, fields: readonly string[]): Promise<boolean> {
  const text = await (await fileSystem()).readFile(path, "utf8").catch(() => "")
  return fields.every((field) => text.includes(`"${field}":`))
}
