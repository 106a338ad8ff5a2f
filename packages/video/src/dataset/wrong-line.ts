import { join } from "node:path"
import { TubeletError } from "@tubelet/core"
import type { Place } from "./place.js"

/** The error for a line of a data set's file that is not as its kind writes it. */
export const wrongLine = (
  { folder }: Pick<Place, "folder">,
  file: string,
  line: string,
  problem: string,
  advice = "download the file again, or check what changed it",
) => new TubeletError(`${join(folder, file)}: the line ${JSON.stringify(line)} ${problem}`, advice)
