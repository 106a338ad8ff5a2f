import { benchData } from "./commands/bench-data.js"
import { benchStepCommand } from "./commands/bench-step.js"
import { cacheCommand } from "./commands/cache.js"
import { convert } from "./commands/convert.js"
import { dataCommand } from "./commands/data.js"
import { distillCommand } from "./commands/distill.js"
import { doctor } from "./commands/doctor.js"
import { evaluateCommand } from "./commands/evaluate.js"
import { extractCommand } from "./commands/extract.js"
import { finetuneCommand } from "./commands/finetune.js"
import { inspect } from "./commands/inspect.js"
import { planCommand } from "./commands/plan.js"
import { predictCommand } from "./commands/predict.js"
import { prepareCommand } from "./commands/prepare.js"
import { pretrainCommand } from "./commands/pretrain.js"
import { preview } from "./commands/preview.js"
import { probeCommand } from "./commands/probe.js"
import { reconstructCommand } from "./commands/reconstruct.js"
import { verify } from "./commands/verify.js"
import { watchCommand } from "./commands/watch.js"
import type { Command } from "./shell/command.js"

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  pretrainCommand,
  finetuneCommand,
  probeCommand,
  distillCommand,
  evaluateCommand,
  predictCommand,
  extractCommand,
  reconstructCommand,
  watchCommand,
  dataCommand,
  prepareCommand,
  preview,
  cacheCommand,
  verify,
  benchStepCommand,
  benchData,
  inspect,
  convert,
  planCommand,
  doctor,
]
