import { whole, yes } from "../shell/flag.js"
import type { Output } from "../shell/output.js"
import { partLine } from "../shell/progress/part-line.js"

/** Flags of commands that read a data set. */
export const workers = whole("processes that decode; 0: none (half of the cores; cache: all)", 0)
export const allowMissing = yes("continue with more than half of the clips missing or bad")

/** How `discover` is asked: with a line where looking for the clips of a list takes a while. */
export function asked(values: { readonly allowMissing?: boolean }, output: Output) {
  const looking = partLine(output, "looking for the clips")
  return {
    onNotice: output.log,
    onCheck: (checked: number, total: number) => looking.update(checked / total),
    allowMissing: values.allowMissing === true,
  }
}
