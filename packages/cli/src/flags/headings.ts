import type { Headings } from "../shell/headings.js"

/** The help of commands that train, with what most runs set first under each heading. */
export const trainingHeadings: Headings = {
  Data: [
    ...["data", "valData", "frames", "size", "stride", "sampling"],
    ...["kind", "split", "root", "labels", "valFraction", "groupBy", "allowDuplicates"],
    ...["balance", "workers", "allowMissing"],
  ],
  Model: [
    ...["teacher", "head", "init", "model", "freeze", "allowFresh", "dropPath", "headDropout"],
    ...["weightInit", "initScale", "headMap", "checkpointKey", "system", "heads", "decoderHeads"],
  ],
  Masking: ["maskRatio", "masking", "decoderMaskRatio", "decoderMasking", "target"],
  Optimisation: [
    ...["recipe", "steps", "epochs", "batch", "accumulate", "lr", "baseLr", "minLr", "warmup"],
    ...["optimizer", "weightDecay", "weightDecayEnd", "layerDecay", "clipGrad", "ema"],
    ...["smoothing", "classWeights", "temperature"],
  ],
  Augmentation: [
    ...["mixup", "cutmix", "mixupProb", "mixupSwitchProb", "repeats", "directional", "transform"],
  ],
  Run: [
    ...["backend", "threads", "resume", "dryRun", "seed", "patience", "probe", "probeEvery"],
    ...["oneBatch", "findLr", "findNan", "dtype"],
  ],
  Output: ["out", "saveEvery", "keep", "log", "open"],
}
