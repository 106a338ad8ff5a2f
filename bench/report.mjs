import { dualMasking, lossError, ratios, stepGflop, summarise } from "./compare.mjs"

/** The results of all turns as one JSON object. */
export function reportOf(results) {
  const cases = results.map(caseReport)
  const find = (name) => cases.find((c) => c.name === name && c.ours)
  const [single, dual] = [find("videomae-b"), find("videomaev2-b")]
  return { cases, ...(single && dual && { dualMasking: dualMasking(single, dual) }) }
}

function caseReport({ which, turns, failures }) {
  const own = turns.get("tubelet")
  const gflop = own && stepGflop(own[0])
  const withRate = (summary) => ({
    ...summary,
    ...(gflop && { gflops: gflop / summary.stepSecondsMin }),
  })
  const ours = own && withRate(summarise(own))
  const peers = which.peers.flatMap((name) => {
    const taken = turns.get(name)
    if (!taken) return []
    const summary = withRate(summarise(taken))
    const { version, threads } = taken[0]
    const compared = ours && { ratios: ratios(ours, summary), lossError: lossError(ours, summary) }
    return [{ name, version, threads, ...summary, ...compared }]
  })
  const leftOut = [...failures].map(([name, reason]) => ({ name, reason }))
  return { name: which.name, batch: which.batch, gflop, ours, peers, leftOut }
}
