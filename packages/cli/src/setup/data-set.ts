import type { Output } from "../shell/output.js"
import { partLine } from "../shell/progress/part-line.js"

/** Options of `discover`, with a progress line if checking the clips of a list takes a while. */
export function asked(values: { readonly allowMissing?: boolean }, output: Output) {
  const looking = partLine(output, "checking the clips")
  return {
    onNotice: output.log,
    onCheck: (checked: number, total: number) => looking.update(checked / total),
    allowMissing: values.allowMissing === true,
  }
}
