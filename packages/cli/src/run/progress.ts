import type { StepResult } from "@tubelet/train"
import type { Output } from "../shell/output.js"
import { partLine } from "../shell/progress/part-line.js"
import { type StepLine, stepLine } from "../shell/progress/step-line.js"

export type RunProgress = ReturnType<typeof runProgress>

/** The progress lines of a run: of compilation, of initial weights, then of its steps. */
export function runProgress(output: Output) {
  const compiling = partLine(output, "compiling")
  const initialising = partLine(output, "initialising weights")
  let steps: StepLine | undefined
  const end = () => {
    steps?.end()
    steps = undefined
  }
  return {
    notice: (line: string) => (steps ? steps.note(line) : output.log(line)),
    compile(done: number) {
      end() // A run that lost its device compiles again.
      compiling.update(done)
    },
    initialize: initialising.update,
    step(result: StepResult) {
      steps ??= stepLine(output)
      steps.update(result)
    },
    end,
  }
}
