import { cpus } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"

/** Cores that stood idle, or ran processes of low priority, over a few seconds. */
export async function freeCores(seconds = 3) {
  const before = cpus()
  await sleep(1000 * seconds)
  const shares = cpus().map(({ times }, i) => {
    const spent = (kind) => times[kind] - before[i].times[kind]
    const free = spent("idle") + spent("nice")
    return free / (free + spent("user") + spent("sys") + spent("irq"))
  })
  return shares.reduce((a, b) => a + b, 0)
}
