import { extname } from "node:path"
import {
  castFloats,
  decoderNames,
  type FloatType,
  loadWeights,
  type TensorFile,
  timmNames,
  writeModel,
  writePth,
  writeSafetensors,
} from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { classifierModel } from "@tubelet/models"
import { checkpointOperand, headMapFlag, toldFlags } from "../flags/model.js"
import { assumed } from "../setup/any-model.js"
import { tellBeside } from "../setup/checkpoint.js"
import { type Fitted, requireWhole } from "../setup/fitted.js"
import { type Mapped, openMapped } from "../setup/head-map.js"
import { writeHuggingFace } from "../setup/hugging-face.js"
import { writeOnnxFile } from "../setup/onnx-file.js"
import { requireApart } from "../setup/overwrite.js"
import { shownTarget } from "../setup/pretrained-model.js"
import { defineCommand } from "../shell/command.js"
import { UsageError } from "../shell/errors.js"
import { choice, text } from "../shell/flag.js"
import { some } from "../shell/some.js"

const forms = ["official", "hf", "timm", "onnx"] as const
const dtypes: Readonly<Record<string, FloatType>> = { f32: "F32", f16: "F16", bf16: "BF16" }

export const convert = defineCommand({
  name: "convert",
  summary: "write a checkpoint in another format",
  operands: [checkpointOperand],
  flags: {
    to: choice("format to write", forms),
    out: text("a .pth, .safetensors or .onnx file, or a folder", "PATH"),
    ...toldFlags,
    headMap: headMapFlag,
    dtype: choice("float type to write (unchanged)", ["f32", "f16", "bf16"] as const),
  },
  example: "tubelet convert runs/first --to hf --out out/for-transformers",

  async run([input], { to, out, dtype, ...told }, { output }) {
    if (!to) throw new UsageError("--to is missing", `choose one of ${forms.join(", ")}`)
    if (!out) throw new UsageError("--out is missing", "pass a file or a folder to write")
    if (to === "onnx" && dtype && dtype !== "f32") {
      throw new UsageError(`--dtype ${dtype} is not supported with --to onnx`, "omit it")
    }
    const fitted = await openMapped(input, told, output)
    try {
      tellBeside(fitted.file, output)
      for (const note of fitted.notes) output.log(note)
      await requireApart(fitted.path, out)
      const file = dtype ? castFloats(fitted.file, dtypes[dtype]) : fitted.file
      const files = await write(to, fitted, file, out)
      const leftOut = leftOutOf(to, fitted)
      if (leftOut.length > 0) {
        output.log(
          `left out ${leftOut.length} tensors that ${to} does not support: ${some(leftOut)}`,
        )
      }
      const guessed = to === "hf" || to === "onnx" ? assumed(fitted) : ""
      if (guessed) output.log(guessed)
      if (to === "hf") shownTarget(fitted, output)
      output.json({ from: fitted.path, to, files, leftOut: [...leftOut, ...fitted.file.foreign] })
      for (const path of files) output.print(`wrote ${path}`)
      return 0
    } finally {
      await fitted.file.close()
    }
  },
})

function write(
  to: (typeof forms)[number],
  fitted: Mapped,
  file: TensorFile,
  out: string,
): Promise<string[]> {
  if (to === "official") return writeTensors(file, out)
  if (to === "timm") return writeTensors(timmNames(file), out)
  return to === "hf" ? writeHuggingFace(fitted, file, out) : writeOnnx(fitted, out)
}

/** Tensors that a format does not support: a decoder in timm's, unexpected ones in a graph. */
function leftOutOf(to: (typeof forms)[number], { file, fit }: Fitted): readonly string[] {
  if (to === "timm") return decoderNames(file)
  return to === "onnx" ? (fit?.unexpected ?? []) : []
}

/** A `.pth` or `.safetensors` by its name; otherwise a folder, sharded if large. */
async function writeTensors(file: TensorFile, out: string): Promise<string[]> {
  const tensors = Object.fromEntries(file.tensors)
  const ending = extname(out)
  if (ending === "" || ending === ".") return writeModel(out, tensors)
  if (ending === ".safetensors") await writeSafetensors(out, tensors)
  else if ([".pth", ".pt", ".bin"].includes(ending)) await writePth(out, tensors)
  else throw new UsageError(`--out ${out} has an unknown extension`, "use .pth or .safetensors")
  return [out]
}

async function writeOnnx(fitted: Fitted, out: string): Promise<string[]> {
  if (extname(out) !== ".onnx")
    throw new UsageError(`--out ${out} is not an .onnx file`, "use the extension .onnx")
  const fit = requireWhole(fitted)
  if (fit.kind === "pretrain") {
    throw new TubeletError(
      `${fitted.path} is a pre-training model; only classifiers and encoders can be exported to ` +
        "ONNX",
      "extract its encoder first with --to timm, then convert that file with --to onnx",
    )
  }
  const model = classifierModel(fit.config)
  const { weights } = await loadWeights(fitted.file, model.specs, { strict: false })
  return writeOnnxFile(out, model, weights)
}
