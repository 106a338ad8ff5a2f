import { TubeletError } from "@tubelet/core"
import type { Kind } from "@tubelet/video"
import { importUserFile } from "../shell/user-file.js"

/** Whether a kind is that of a file, and not a name. */
export const isKindFile = (asked: string): boolean => /[./\\]/.test(asked)

/** A kind of data set by name, or a custom one from a file. */
export async function kindOf(asked: string | undefined): Promise<string | Kind> {
  if (asked === undefined || !isKindFile(asked)) return asked ?? "auto"
  const kind = await importUserFile(asked)
  if (isKind(kind)) return kind
  throw new TubeletError(
    `${asked}: its default export is not a kind of data set`,
    'export default defineKind({ name, markers, detects, read }), from "@tubelet/video"',
  )
}

function isKind(value: unknown): value is Kind {
  const { name, markers, detects, read } = (value ?? {}) as Partial<Kind>
  const texts = [name, markers].every((text) => typeof text === "string")
  return texts && [detects, read].every((method) => typeof method === "function")
}
