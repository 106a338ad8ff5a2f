import { extname, join } from "node:path"
import {
  castFloats,
  type FloatType,
  formatConfig,
  formatPreprocessor,
  type HuggingFaceModel,
  huggingFaceNames,
  loadWeights,
  replaceFile,
  type TensorFile,
  timmNames,
  writeModel,
  writePth,
  writeSafetensors,
} from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { classifierModel, type Fit } from "@tubelet/models"
import { type Fitted, openFitted } from "../setup/fitted.js"
import { writeOnnxFile } from "../setup/onnx-file.js"
import { defineCommand } from "../shell/command.js"
import { UsageError } from "../shell/errors.js"
import { choice, text } from "../shell/flag.js"

const forms = ["official", "hf", "timm", "onnx"] as const
const dtypes: Readonly<Record<string, FloatType>> = { f32: "F32", f16: "F16", bf16: "BF16" }

export const convert = defineCommand({
  name: "convert",
  summary: "write a checkpoint in the form that others read",
  operands: ["input"],
  flags: {
    to: choice("whose names, layout and config files", forms),
    out: text("a .pth, .safetensors or .onnx file, or a folder", "PATH"),
    dtype: choice("floats rounded to (kept unless told)", ["f32", "f16", "bf16"] as const),
  },
  example: "tubelet convert runs/first --to hf --out out/for-transformers",

  async run([input], { to, out, dtype }, { output }) {
    if (!to) throw new UsageError("--to is missing", `choose one of ${forms.join(", ")}`)
    if (!out) throw new UsageError("--out is missing", "give a file or a folder to write")
    const fitted = await openFitted(input!, output)
    try {
      for (const note of fitted.notes) output.log(note)
      const file = dtype ? castFloats(fitted.file, dtypes[dtype]!) : fitted.file
      const files = await write(to, fitted, file, out)
      output.json({ from: fitted.path, to, files })
      for (const path of files) output.print(`wrote ${path}`)
      return 0
    } finally {
      await fitted.file.close()
    }
  },
})

function write(
  to: (typeof forms)[number],
  fitted: Fitted,
  file: TensorFile,
  out: string,
): Promise<string[]> {
  if (to === "official") return writeTensors(file, out)
  if (to === "timm") return writeTensors(timmNames(file), out)
  return to === "hf" ? writeHuggingFace(fitted, file, out) : writeOnnx(fitted, out)
}

/** A `.pth` or `.safetensors` by its name; a folder otherwise, in shards if need be. */
async function writeTensors(file: TensorFile, out: string): Promise<string[]> {
  const tensors = Object.fromEntries(file.tensors)
  const ending = extname(out)
  if (ending === "" || ending === ".") return writeModel(out, tensors)
  if (ending === ".safetensors") await writeSafetensors(out, tensors)
  else if ([".pth", ".pt", ".bin"].includes(ending)) await writePth(out, tensors)
  else throw new UsageError(`--out ${out} is of no known form`, "end it in .pth or .safetensors")
  return [out]
}

async function writeHuggingFace(fitted: Fitted, file: TensorFile, out: string): Promise<string[]> {
  if (extname(out) !== "") throw new UsageError(`--out ${out} is no folder`, "give a folder's name")
  const fit = requireWhole(fitted)
  const model = theirModel(fit, fitted)
  const weights = await writeModel(out, Object.fromEntries(huggingFaceNames(file).tensors))
  const described = {
    "config.json": formatConfig(model),
    "preprocessor_config.json": formatPreprocessor(model),
  }
  for (const [name, value] of Object.entries(described)) {
    const text = `${JSON.stringify(value, null, 2)}\n`
    await replaceFile(join(out, name), (append) => append(new TextEncoder().encode(text)))
  }
  return [...weights, ...Object.keys(described).map((name) => join(out, name))]
}

/** The model that a checkpoint fits, with nothing missing. */
function requireWhole({ path, fit }: Fitted): Fit {
  if (fit && fit.missing.length === 0 && fit.wrong.length === 0) return fit
  const why = fit
    ? `${fit.missing.length} tensors are missing and ${fit.wrong.length} are of another shape`
    : "it is of no model of this project"
  throw new TubeletError(`${path} cannot be converted: ${why}`, `see tubelet inspect ${path}`)
}

/** What transformers can express of a model; what it cannot is an error. */
function theirModel(
  { kind, config }: Fit,
  { path, described, normalisedTarget }: Fitted,
): HuggingFaceModel {
  const lacks = [
    ...(config.cosineAttention ? ["cosine attention"] : []),
    ...(config.initValues > 0 ? ["layer scale"] : []),
    ...(config.learnablePositions ? ["a learned position table"] : []),
  ]
  if (lacks.length > 0) {
    throw new TubeletError(`${path} has ${lacks.join(" and ")}, which no Hugging Face model has`)
  }
  const { imageSize, patchSize, frames, tubelet, encoder, eps, qkvBias } = config
  const classes = kind === "pretrain" ? 0 : config.classes
  return {
    system: config.system === "mae" ? "mae" : "videomae",
    task: kind === "pretrain" ? "pre-training" : classes > 0 ? "classification" : "encoder",
    ...{ imageSize, patchSize, frames, tubelet, encoder, eps, qkvBias },
    ...(kind === "pretrain" && { decoder: config.decoder }),
    pool: kind !== "pretrain" && config.pool === "mean" ? "mean" : "token",
    normalisedTarget: normalisedTarget ?? config.system !== "mae",
    labels: described?.labels.length
      ? described.labels
      : Array.from({ length: classes }, (_, id) => `LABEL_${id}`),
  }
}

async function writeOnnx(fitted: Fitted, out: string): Promise<string[]> {
  if (extname(out) !== ".onnx") throw new UsageError(`--out ${out} is no .onnx file`, "name it so")
  const fit = requireWhole(fitted)
  if (fit.kind === "pretrain") {
    throw new TubeletError(
      `${fitted.path} is a pre-training model; classifiers and encoders become ONNX files`,
      "fine-tune it first, or convert an encoder",
    )
  }
  const model = classifierModel(fit.config)
  const { weights } = await loadWeights(fitted.file, model.specs, { strict: false })
  return writeOnnxFile(out, model, weights)
}
