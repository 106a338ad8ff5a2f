// One arm with one seed, in its own process: node arm.mjs ARM SEED [--quick]. Prints progress as
// JSON lines and writes the result.
import { cpus } from "node:os"
import { cpuBackend } from "@tubelet/backend-cpu"
import { contextOf, resultOf, saveResult } from "./context.mjs"
import { finetuned, probed } from "./learn.mjs"
import { pace } from "./pace.mjs"
import { arms } from "./protocol.mjs"
import { digits } from "./sets/digits.mjs"
import { fashion } from "./sets/fashion.mjs"
import { finetunedInTorch } from "./torch.mjs"
import { pretrainedWeights } from "./weights.mjs"

const makers = { digits, fashion }
const [name, seedText, ...flags] = process.argv.slice(2)
const [arm, seed] = [arms[name], Number(seedText)]
const study = contextOf(flags.includes("--quick"))
const settings = study.sets[arm.set]

// The parent ended: so does its arm.
const orphaned = () => process.exit(1)
process.on("disconnect", orphaned)

let last = 0
/** Says how far a part of the arm is, at most twice a second. */
function onStep(task, { step, steps, loss }) {
  if (Date.now() - last < 500 && step < steps) return
  last = Date.now()
  process.send?.({ task, step, steps, loss })
}

const backend = await cpuBackend({ threads: 1 })
const set = makers[arm.set](settings.size)
const context = { ...study, backend, set, settings, seed, name, onStep }
const began = process.cpuUsage()
const found = await foundBy(arm)
const { user, system } = process.cpuUsage(began)
await saveResult(
  study,
  { arm: name, seed },
  {
    ...{ arm: name, seed, ...found },
    totalCpuSeconds: (user + system) / 1e6,
    machine: machine(),
  },
)
await backend.dispose()
process.off("disconnect", orphaned)
process.disconnect?.()

function machine() {
  const [{ model }, ...others] = cpus()
  return {
    cpu: model,
    cores: others.length + 1,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  }
}

async function foundBy(arm) {
  if (arm.paces) return { cpuMilliseconds: await pace(arm.paces, context) }
  return arm.of ? finetunedInTorch(arm, context) : learned(arm, context)
}

async function learned(arm, context) {
  const { weights, ...pretraining } = arm.masks ? await pretrainedWeights(name, context) : {}
  const isEncoder = arm.masks || arm.weightInit
  const probe = isEncoder && (await probed(arm, weights, context))
  return {
    ...(arm.masks && { pretraining }),
    ...(probe && { probe }),
    ...(arm.finetune.length > 0 && (await finetunedAll(arm, weights, context))),
  }
}

/** Fine-tunes with every label count, at the arm's rate. */
async function finetunedAll(arm, weights, context) {
  const [fewest] = arm.finetune
  const candidates = context.seeds.indexOf(seed) === 0 ? context.rates : [chosenRate(context)]
  const tried = []
  for (const rate of candidates) {
    tried.push(await finetuned(arm, { weights, each: fewest, rate }, context))
  }
  const best = tried.reduce((best, one) => (one.validation > best.validation ? one : best))
  const results = { [fewest]: best }
  for (const each of arm.finetune.slice(1)) {
    results[each] = await finetuned(arm, { weights, each, rate: best.rate }, context)
  }
  return {
    rates: tried.map(({ rate, validation }) => ({ rate, validation })),
    finetuning: results,
  }
}

/** The rate that seed 0 chose. */
function chosenRate({ seeds: [first] }) {
  const result = resultOf(study, { arm: name, seed: first })
  if (result) return result.finetuning[arm.finetune[0]].rate
  throw new Error(`${name} has no result of seed ${first}, which chooses its rate`)
}
