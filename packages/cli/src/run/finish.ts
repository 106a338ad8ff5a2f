import { FailedStepError, type StepResult } from "@tubelet/train"
import type { CommandContext } from "../shell/command.js"
import { interruptedCode } from "../shell/interrupt.js"
import { shortPath } from "../shell/short-path.js"
import { typed } from "../shell/typed.js"
import { watch } from "../watch/watch.js"
import { endingLines, lastCheckpoint, withResume } from "./ending.js"
import type { RunProgress } from "./progress.js"
import type { Run } from "./run.js"

/** Does the steps of a run and prints how it ended. Returns the exit code. */
export async function finishRun(
  run: Run,
  results: AsyncIterable<StepResult>,
  { progress, ...context }: CommandContext & { readonly progress: RunProgress },
): Promise<number> {
  const { output, signal } = context
  const { out, steps } = run
  const page = run.open ? await watch(out, output) : undefined
  const began = performance.now()
  const last = await lastOf(run, results, progress).finally(() => page?.close(runEnded(out)))
  const seconds = (performance.now() - began) / 1000
  const checkpoint = await lastCheckpoint(out)
  const finished = last ? last.finished : !signal.aborted
  output.json({
    ...{ out, checkpoint, finished, step: last?.step, steps },
    ...{ epoch: last?.epoch, loss: last?.loss, seconds },
    ...(await run.results?.()),
  })
  for (const line of await endingLines(run, { last, finished, checkpoint }, signal))
    output.print(line)
  return finished ? 0 : interruptedCode(signal)
}

/** What an open page says at the end. */
const runEnded = (out: string): string =>
  `the run has ended; to see it again: ${typed(`tubelet watch ${shortPath(out)}`)}`

/** Does the steps and returns the last one. */
async function lastOf(
  run: Run,
  results: AsyncIterable<StepResult>,
  progress: RunProgress,
): Promise<StepResult | undefined> {
  let last: StepResult | undefined
  try {
    for await (const step of results) {
      progress.step(step)
      last = step
    }
    return last
  } catch (error) {
    throw last || error instanceof FailedStepError ? await withResume(error, run) : error
  } finally {
    progress.end()
  }
}
