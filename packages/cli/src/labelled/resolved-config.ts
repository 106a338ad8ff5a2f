import { resolve } from "node:path"
import { settledOptions } from "@tubelet/train"
import { isKindFile } from "../data/kind.js"
import { valuesFrom } from "../flags/hyperparameters.js"
import { kept, storedInit } from "../run/settings.js"
import type { Plan } from "./plan.js"

const copied = [
  ...(["split", "backend", "threads", "dtype"] as const),
  ...(["valFraction", "groupBy", "allowDuplicates", "balance", "classWeights"] as const),
  ...(["workers", "allowMissing", "directional", "checkpointKey", "patience", "log"] as const),
]

/** The resolved config, whose fields are the flags: it resumes the run without the checkpoint. */
export function resolvedConfig({ task, values, config, recipe, ...plan }: Plan) {
  const { init, valData, root, labels, transform, headMap } = values
  return {
    model: config,
    ...(init !== undefined && { init: storedInit(init) }),
    ...{ data: plan.path, out: plan.out },
    ...absolute({ valData, root, labels, transform, headMap }),
    ...(values.kind !== undefined && {
      kind: isKindFile(values.kind) ? resolve(values.kind) : values.kind,
    }),
    ...kept(values, copied),
    ...task.settings?.(config),
    ...valuesFrom(task.fields, settledOptions(task.fields, { ...recipe })),
    ...{ frames: config.frames, stride: plan.data.stride, size: config.imageSize },
    ...{ sampling: plan.sampling, saveEvery: plan.saveEvery, keep: plan.keep },
  }
}

const absolute = (paths: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(paths).flatMap(([name, path]) =>
      path === undefined ? [] : [[name, resolve(path)]],
    ),
  )
