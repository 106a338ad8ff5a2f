/**
 * Runs the cases in rounds, each with Tubelet first and then its peers, so that changes in the
 * machine's speed affect all alike. Returns the turns of each runner per case, or why a runner has
 * none. A runner that failed is not run again.
 */
export async function takeTurns({ cases, rounds }, run, onTurn = () => {}) {
  const results = cases.map((which) => ({ which, turns: new Map(), failures: new Map() }))
  for (let round = 1; round <= rounds; round++) {
    for (const { which, turns, failures } of results) {
      for (const runner of ["tubelet", ...which.peers]) {
        if (failures.has(runner)) continue
        try {
          const turn = await run(runner, which)
          turns.set(runner, [...(turns.get(runner) ?? []), turn])
          onTurn({ round, which, runner, turn })
        } catch (error) {
          failures.set(runner, error.message)
          onTurn({ round, which, runner, error })
        }
      }
    }
  }
  return results
}
