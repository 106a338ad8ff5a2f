import { choice, text, whole, yes } from "../shell/flag.js"

/** The folder of a run, and what is kept there. */
export const outFlag = (folder: string) => text(`folder for the results (${folder})`, "DIR")

export const checkpointDefaults = { saveEvery: 500, keep: 3 }

export const checkpointFlags = {
  saveEvery: whole(`steps between checkpoints (${checkpointDefaults.saveEvery})`),
  keep: whole(`checkpoints to keep, 0: all (${checkpointDefaults.keep})`, 0),
}

/** Trials before a run. */
export const findLrFlag = yes("try growing learning rates, suggest one and exit")
export const oneBatchFlag = yes("check that the model can overfit a batch, and exit")

/** How a run is watched. */
export const watchFlags = {
  log: choice("also write the metrics in another format", ["tensorboard"]),
}

/** How a run ends that scores clips. */
export const scoredFlags = {
  patience: whole("stop after N evaluations without a better top-1"),
}

/** How a run starts, and what it checks. */
export const runFlags = {
  findNan: yes("report the first op that yields NaN or Inf"),
  open: yes("show the run in a local page, see tubelet watch"),
  resume: yes("resume from the last checkpoint in --out"),
  dryRun: yes("print the resolved settings and exit"),
}
