import { field, type OptionsOf } from "./field.js"
import { finetuneFields } from "./finetune-fields.js"
import { numberType } from "./value-type.js"

const rows = () => {
  const { smoothing: _, ...fields } = finetuneFields
  return {
    ...fields,
    /** Softmax temperature of teacher and student (Hinton et al. 2015). */
    temperature: field(numberType({ above: 0 }), {
      help: "softmax temperature of teacher and student",
      default: 1,
    }),
  }
}

/** The hyperparameters of distillation: those of fine-tuning, whose labels a teacher gives. */
// Pure, so that a page that only pre-trains leaves them out.
export const distillFields = /* @__PURE__ */ rows()

/** The hyperparameters of a distillation run. */
export type DistillRecipeOptions = OptionsOf<typeof distillFields>
