import type { System } from "@tubelet/models"
import type { FinetuneRecipeOptions } from "../finetune-fields.js"
import { type Published, recipeNamed } from "./recipe.js"

/** A published fine-tuning run; warm-up is in epochs. */
export interface PublishedFinetuneRecipe extends Published, FinetuneRecipeOptions {
  /** How frames are chosen, if not `dense`. */
  readonly sampling?: "segments"
  /** Whether flips are off. */
  readonly directional?: boolean
}

const mae = {
  ...({ system: "mae", epochs: 50, baseLearningRate: 1e-3, warmup: 5 } as const),
  ...{ layerDecay: 0.75, mixup: 0.8, cutmix: 1 },
}

const kinetics = { system: "videomae", baseLearningRate: 5e-4, warmup: 5, stride: 4 } as const
const something = {
  ...({ system: "videomae", baseLearningRate: 5e-4, warmup: 5 } as const),
  ...({ stride: 2, sampling: "segments", directional: true } as const),
}

const two = { ...kinetics, system: "videomaev2", baseLearningRate: 1e-3 } as const
const twoOnSomething = { ...something, system: "videomaev2" } as const
const giant = { ...two, layerDecay: 0.9, clipGrad: 5, weightDecay: 0.1 }
const giantOnUcf = { ...giant, epochs: 50, dropPath: 0.35, headDropout: 0.5, weightDecay: 0.05 }
const giantAfterK710 = { ...giant, baseLearningRate: 1e-5, epochs: 3, warmup: 1, dropPath: 0.25 }
const huge = { ...two, epochs: 40, layerDecay: 0.8, dropPath: 0.2, headDropout: 0.5 }
const large = { ...two, baseLearningRate: 2e-3, epochs: 35, dropPath: 0.2 }
const base = { ...two, baseLearningRate: 7e-4, epochs: 90 }

/**
 * The authors' published fine-tuning runs (their scripts and fine-tuning guides). `800e` is for
 * weights of 800 epochs of pre-training, others for 1600 (Kinetics) or 2400 (Something-Something).
 */
export const publishedFinetuneRecipes = {
  "mae/imagenet-b-finetune": {
    ...mae,
    ...{ epochs: 100, baseLearningRate: 5e-4, layerDecay: 0.65, dropPath: 0.1 },
  },
  "mae/imagenet-l-finetune": { ...mae, dropPath: 0.2 },
  "mae/imagenet-h-finetune": { ...mae, dropPath: 0.3 },

  "videomae/k400-s-finetune": { ...kinetics, epochs: 150 },
  "videomae/k400-b-finetune": { ...kinetics, epochs: 75 },
  "videomae/k400-b-800e-finetune": {
    ...kinetics,
    ...{ baseLearningRate: 1e-3, epochs: 100, repeats: 1 },
  },
  "videomae/k400-l-finetune": { ...kinetics, baseLearningRate: 2e-3, epochs: 35 },
  "videomae/k400-h-finetune": {
    ...{ ...kinetics, baseLearningRate: 1e-3, minLearningRate: 1e-5, epochs: 50 },
    ...{ dropPath: 0.2, headDropout: 0.5 },
  },
  "videomae/ssv2-s-finetune": {
    ...something,
    ...{ baseLearningRate: 1e-3, epochs: 40, layerDecay: 0.7 },
  },
  "videomae/ssv2-b-finetune": { ...something, epochs: 30 },
  // The authors do not say whether this run, like that on Kinetics, went without repeats.
  "videomae/ssv2-b-800e-finetune": { ...something, epochs: 50 },
  "videomae/ucf101-b-finetune": {
    ...{ ...kinetics, epochs: 100, layerDecay: 0.7, dropPath: 0.2, headDropout: 0.5 },
  },

  "videomaev2/k710-g-finetune": { ...giant, epochs: 35, dropPath: 0.3 },
  "videomaev2/k400-g-finetune": { ...giant, epochs: 30, dropPath: 0.2 },
  "videomaev2/k710-k400-g-finetune": giantAfterK710,
  "videomaev2/k710-k600-g-finetune": giantAfterK710,
  "videomaev2/ssv2-g-finetune": {
    ...{ ...giant, ...twoOnSomething, baseLearningRate: 3e-4, epochs: 20, dropPath: 0.25 },
  },
  "videomaev2/ucf101-g-finetune": giantOnUcf,
  "videomaev2/hmdb51-g-finetune": {
    ...giantOnUcf,
    ...{ baseLearningRate: 5e-4, epochs: 15, stride: 2 },
  },
  "videomaev2/k400-h-finetune": huge,
  "videomaev2/k600-h-finetune": huge,
  "videomaev2/k710-h-finetune": huge,
  "videomaev2/ssv2-h-finetune": {
    ...{ ...huge, ...twoOnSomething, baseLearningRate: 5e-4, epochs: 20 },
  },
  "videomaev2/k400-l-finetune": large,
  "videomaev2/ssv2-l-finetune": {
    ...{ ...large, ...twoOnSomething, baseLearningRate: 5e-4, epochs: 20 },
  },
  "videomaev2/k400-b-finetune": base,
  "videomaev2/k710-b-finetune": base,
  "videomaev2/ssv2-b-finetune": {
    ...{ ...base, ...twoOnSomething, baseLearningRate: 2e-3, epochs: 25, layerDecay: 0.65 },
  },
} satisfies Readonly<Record<string, PublishedFinetuneRecipe>>

/** The settings of a published fine-tuning recipe. Throws as `recipeNamed`. */
export const publishedFinetuneRecipe = (
  name: string,
  system: System,
): Omit<PublishedFinetuneRecipe, "system"> =>
  recipeNamed<PublishedFinetuneRecipe>(publishedFinetuneRecipes, name, system)
