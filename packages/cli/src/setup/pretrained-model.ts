import { type PretrainModel, pretrainModel, targetNamed } from "@tubelet/models"
import type { Output } from "../shell/output.js"
import { shownConfig } from "./any-model.js"
import type { Fitted } from "./fitted.js"
import { changed, namedConfig } from "./model.js"
import type { RunSettings } from "./run-settings.js"
import type { Target } from "./sources.js"
import type { Told } from "./told.js"

/**
 * The pre-training model that a checkpoint's weights are of: as it is told, as a run's config.json
 * beside it says, or else as the checkpoint shows. What had to be assumed goes to the log.
 */
export async function pretrainedModel(
  fitted: Fitted,
  run: RunSettings,
  told: Told,
  output: Output,
): Promise<PretrainModel> {
  const model = told.model ?? run.model
  const config =
    model === undefined
      ? shownConfig(fitted, output, told)
      : changed(await namedConfig(model), { ...sizesSaid(fitted, run, told), ...told })
  return pretrainModel(config, { target: targetNamed(shownTarget(fitted, output)) })
}

/** A preset is of no size of its own where the checkpoint says one. */
function sizesSaid({ fit }: Fitted, run: RunSettings, { model }: Told) {
  if (run.model !== undefined || typeof model !== "string" || fit?.kind !== "pretrain") return {}
  const { frames, imageSize: size } = fit.config
  return { frames, size }
}

/** What a pre-training model predicts; where that is assumed, the log says so. */
export function shownTarget({ target, from }: Fitted, output: Output): Target {
  if (from.target === "assumed") {
    output.log(
      "it is taken to predict normalised pixels, as the authors train; for one that predicts " +
        "plain ones say --target pixels",
    )
  }
  return target
}
