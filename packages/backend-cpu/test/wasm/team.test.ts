import { afterAll, expect, test } from "vitest"
import { Arena } from "../../src/wasm/arena.js"
import { LoopRunner } from "../../src/wasm/runner.js"
import { type Team, threadTeam } from "../../src/wasm/team.js"
import { adamW, noise, sumOfSquares } from "./loops.js"

const n = 2 ** 17 + 21

/** Several AdamW steps with the norm of the gradient, and the shares that were distributed. */
function trained(team?: Team) {
  const shares: number[] = []
  const watched = team && {
    ...team,
    run(...[kernel, args]: Parameters<Team["run"]>) {
      shares.push(...args.map(([count]) => count))
      team.run(kernel, args)
    },
  }
  const arena = new Arena({ shared: team !== undefined })
  const runner = new LoopRunner(arena, watched)
  const [p, g, m, v] = [1, 2, 3, 4].map((k) => {
    const block = arena.allocate(4 * n)
    block.f32().set(noise(n, k).map(k === 4 ? Math.abs : Number))
    return block
  }) as [Block, Block, Block, Block]
  const scalars = [0.99, 0.01, 0.5]
  for (let i = 0; i < 3; i++) {
    runner.run(adamW, n, { vectors: [p, g, m, v], scalars, stores: [p, m, v] })
  }
  const [norm] = runner.run(sumOfSquares, n, { vectors: [g], scalars: [], stores: [] })
  return { weights: p.f32().slice(), moments: v.f32().slice(), norm: norm, shares }
}

type Block = ReturnType<Arena["allocate"]>

const teams = [2, 3].map((threads) => threadTeam(threads)!)
afterAll(async () => {
  for (const team of teams) await team.dispose()
})

test.each(teams)("$size threads update like one, each its share", (team) => {
  const alone = trained()
  const together = trained(team)
  expect(together.weights).toEqual(alone.weights)
  expect(together.moments).toEqual(alone.moments)
  expect(together.norm / alone.norm).toBeCloseTo(1, 14)
  expect(trained(team).norm).toBe(together.norm)
  expect(together.shares).toHaveLength(4 * team.size)
  expect(together.shares.reduce((a, b) => a + b)).toBe(4 * n)
})

test("one thread needs no team", () => {
  expect(threadTeam(1)).toBeUndefined()
})
