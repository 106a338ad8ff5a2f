import { relative } from "node:path"
import { shellWord } from "@tubelet/core/text"

/** A path from the working directory, quoted for a shell where needed. */
export const shortPath = (path: string): string => shellWord(relative(process.cwd(), path) || ".")
