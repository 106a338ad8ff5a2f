import { availableParallelism } from "node:os"

/** The results of `work` for every item, in order, with one worker per core. */
export async function each(items, work) {
  const results = []
  const waiting = [...items.entries()]
  async function worker() {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [i, item] = next
      results[i] = await work(item)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return results
}
