import { readFile } from "node:fs/promises"
import { extname, resolve } from "node:path"
import { parseJson } from "@tubelet/core/text"
import { described, UsageError } from "./errors.js"
import type { Flag } from "./flag.js"
import { flagName } from "./flag-name.js"
import { importUserFile } from "./user-file.js"

/**
 * Reads a config file, JSON or TypeScript: an object whose fields are the command's flags in
 * camel case, `{ "maskRatio": 0.9 }`.
 */
export async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const isJson = extname(path).toLowerCase() === ".json"
  const value = isJson ? await readJson(path) : await importUserFile(path)
  return requireFields(value, path)
}

export function requireFields(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new UsageError(`${path} is not a config`, "it must be an object such as { batch: 8 }")
}

/** Reads a JSON file; errors point at the mistake. */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readFile(resolve(path))
  try {
    return parseJson(bytes, path)
  } catch (cause) {
    const { message, advice } = described(cause)
    throw new UsageError(message, advice, { cause })
  }
}

/** The fields of a config, checked as flags; throws for an unknown field. */
export function readFields(
  config: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, Flag>>,
  from: string,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(config)) {
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    if (!flag) {
      throw new UsageError(
        `${from} has the unknown field "${name}"`,
        `the fields are ${Object.keys(flags).join(", ")}`,
      )
    }
    if (value !== null) fields[name] = flag.read(value, `${name} in ${from} (${flagName(name)})`)
  }
  return fields
}
