import { type PretrainModel, pretrainModel, targetNamed } from "@tubelet/models"
import type { Told } from "../flags/model.js"
import type { Output } from "../shell/output.js"
import { shownConfig } from "./any-model.js"
import type { Fitted } from "./fitted.js"
import { changed, namedConfig } from "./model.js"
import type { RunSettings } from "./run-settings.js"
import type { Target } from "./sources.js"

/**
 * The pre-training model of a checkpoint: from flags, a run's config.json next to it, or the
 * checkpoint itself. The log says what had to be assumed.
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

/** A preset takes its size from the checkpoint, if that records one. */
function sizesSaid({ fit }: Fitted, run: RunSettings, { model }: Told) {
  if (run.model !== undefined || typeof model !== "string" || fit?.kind !== "pretrain") return {}
  const { frames, imageSize: size } = fit.config
  return { frames, size }
}

/** What a pre-training model predicts; the log says if it is assumed. */
export function shownTarget({ target, from }: Fitted, output: Output): Target {
  if (from.target === "assumed") {
    output.log(
      "assuming the model predicts normalised pixels, as in the original code; otherwise, set " +
        "--target pixels",
    )
  }
  return target
}
