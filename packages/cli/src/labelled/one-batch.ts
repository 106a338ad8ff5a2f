import type { StepResult } from "@tubelet/train"
import type { RunProgress } from "../run/progress.js"
import type { CommandContext } from "../shell/command.js"
import { interruptedCode } from "../shell/interrupt.js"

/** Below this loss, a batch counts as overfit: a probability above 0.9 for each label. */
const learned = 0.1

/** Trains on one batch and prints whether the model overfits it. Returns the exit code. */
export async function learnOneBatch(
  steps: AsyncIterable<StepResult>,
  { output, signal, progress }: CommandContext & { readonly progress: RunProgress },
): Promise<number> {
  const losses: number[] = []
  try {
    for await (const result of steps) {
      progress.step(result)
      losses.push(result.loss)
    }
  } finally {
    progress.end()
  }
  if (signal.aborted) return interruptedCode(signal)
  const [first, last] = [losses[0], losses.at(-1)!]
  const overfits = last < learned
  output.json({ overfits, firstLoss: first, loss: last, steps: losses.length })
  const change = `from ${first.toFixed(3)} to ${last.toFixed(3)} in ${losses.length} steps`
  if (overfits) {
    output.print(`the model overfits one batch: its loss went ${change}; nothing was saved`)
    return 0
  }
  output.log(`the model does not overfit one batch: its loss went ${change}, not below ${learned}`)
  output.log("check the labels of the clips, then the loaded weights, then --lr and --steps")
  return 1
}
