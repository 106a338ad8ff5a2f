import type { StepResult } from "@tubelet/train"

/** Scores up to this multiple of chance may be guessing. */
const near = 1.2

/** Prints scores and, once, what to check if they are at chance; keeps the last. */
export function scoreboard(notice: (line: string) => void, classes: number) {
  let advised = false
  let last: Readonly<Record<string, number>> | undefined
  return {
    async *watch(steps: AsyncIterable<StepResult>) {
      for await (const result of steps) {
        const { step, epoch, scores } = result
        if (scores) {
          last = scores
          notice(`step ${step}: ${shown(scores)}`)
          if (!advised && epoch > 0 && scores.top1 <= near / classes) {
            advised = true
            notice(atChance)
          }
        }
        yield result
      }
    },
    last: () => last,
  }
}

const atChance =
  "this is no better than guessing; check in this order: the labels (tubelet data), the number " +
  "of tensors from the checkpoint (above), the learning rate (--lr 1e-3)"

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)}%`

function shown({ top1, top5, skipped }: Readonly<Record<string, number>>): string {
  if (Number.isNaN(top1)) return "no clip could be scored"
  const without = skipped > 0 ? ` (${skipped} not readable)` : ""
  return `top-1 ${percent(top1)}, top-5 ${percent(top5)}${without}`
}
