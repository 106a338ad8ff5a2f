import type { ClassifierConfig, ClassifierModel, PretrainConfig, System } from "@tubelet/models"
import type {
  ClipData,
  DataCounts,
  Evaluation,
  Fields,
  Resolved,
  RunOptions,
  StepResult,
} from "@tubelet/train"
import type { Transform } from "@tubelet/video"
import type { LabelledFlags } from "../flags/labelled.js"

/** The hyperparameters that every task on labelled clips has, resolved. */
export interface LabelledRecipe extends Resolved {
  readonly batch: number
  readonly accumulate: number
  readonly repeats: number
  readonly seed: number
}

/** A command that trains a classifier on labelled clips. `R` is its resolved recipe. */
export interface LabelledTask<R extends LabelledRecipe = LabelledRecipe> {
  readonly name: string
  /** The default of `--out`. */
  readonly folder: string
  readonly flags: LabelledFlags
  readonly fields: Fields
  /** The class names of a teacher: clips need no labels. */
  readonly classes?: readonly string[]
  /** Resolves the recipe of a run over this many clips, from the flags' values. */
  resolve(system: System, clips: number, values: object): R
  /** The settings of a recipe by name, as values of the flags. */
  recipe(name: string, system: System, data: DataCounts): object
  /** The classifier on an encoder. */
  config(base: PretrainConfig, given: GivenConfig, values: object): ClassifierConfig
  /** The values of the task's own flags, as a resumed run reads them. */
  settings?(config: ClassifierConfig): object
  model(config: ClassifierConfig, recipe: R): ClassifierModel
  /** How clips are augmented; without `flip` if classes differ by direction. */
  transforms(system: System): readonly Transform[]
  steps(recipe: R, run: LabelledRun): AsyncIterable<StepResult>
}

/** What the data and the flags say of a classifier. */
export interface GivenConfig {
  readonly classes: number
  readonly frames?: number
  readonly imageSize?: number
}

export interface LabelledRun extends RunOptions {
  readonly model: ClassifierModel
  readonly data: ClipData<"f32">
  readonly evaluation?: Evaluation
  readonly classWeights?: readonly number[]
}
