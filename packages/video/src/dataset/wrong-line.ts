import { TubeletError } from "@tubelet/core"

/** The error for a line, by its text or number, of a data set's file that is not as expected. */
export const wrongLine = (
  file: string,
  line: string | number,
  problem: string,
  advice = "download the file again, or check what changed it",
) => {
  const which = typeof line === "number" ? `line ${line}` : `the line ${JSON.stringify(line)}`
  return new TubeletError(`${file}: ${which} ${problem}`, advice)
}
