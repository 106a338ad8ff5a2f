import type { StepResult } from "@tubelet/train"

/** Announces scores as they come, and keeps the last. */
export function scoreboard(notice: (line: string) => void) {
  let last: Readonly<Record<string, number>> | undefined
  return {
    async *watch(steps: AsyncIterable<StepResult>) {
      for await (const result of steps) {
        const { step, scores } = result
        if (scores) {
          last = scores
          notice(`step ${step}: ${shown(scores)}`)
        }
        yield result
      }
    },
    last: () => ({ top1: last?.top1, top5: last?.top5 }),
  }
}

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)}%`

function shown({ top1, top5, skipped }: Readonly<Record<string, number>>): string {
  if (Number.isNaN(top1)) return "no clip could be scored"
  const without = skipped > 0 ? ` (${skipped} not readable)` : ""
  return `top-1 ${percent(top1)}, top-5 ${percent(top5)}${without}`
}
