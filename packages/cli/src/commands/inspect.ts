import { dirname, extname } from "node:path"
import { sizeOf } from "@tubelet/core"
import { makeFolder, writeText } from "@tubelet/core/files"
import type { Fit } from "@tubelet/models/fit"
import { drawStep } from "../drawing/step.js"
import { checkpointOperand, toldFlags } from "../flags/model.js"
import { modelConfig } from "../setup/any-model.js"
import { type Fitted, openFitted } from "../setup/fitted.js"
import { hintFields, hintNames, hintOf } from "../setup/sources.js"
import { defineCommand } from "../shell/command.js"
import { UsageError } from "../shell/errors.js"
import { choice, type FlagValues, text, whole, yes } from "../shell/flag.js"
import type { Output } from "../shell/output.js"
import { some } from "../shell/some.js"

const flags = {
  graph: yes("draw the kernels of a training step as SVG instead"),
  ...toldFlags,
  model: {
    ...toldFlags.model,
    help: "the checkpoint's model (detected), or the model to draw (videomaev2-s)",
  },
  step: choice("step that --graph draws (pretrain)", ["pretrain", "encode"]),
  batch: whole("clips per step in the diagram (1)"),
  out: text(".svg file for the diagram (standard output)", "FILE"),
}

export const inspect = defineCommand({
  name: "inspect",
  summary: "describe a checkpoint and find the model it fits",
  operands: [`file?: ${checkpointOperand.split(": ")[1]}`],
  flags,
  details: "The diagram shows one encoder block and one decoder block; the others are identical.",
  example: "tubelet inspect runs/first",

  async run([input], { graph, ...values }, { output }) {
    if (graph) return draw(values, output)
    if (input === undefined) {
      throw new UsageError("missing required argument 'file'", "pass a checkpoint, or set --graph")
    }
    const { batch: _, step: __, out: ___, ...told } = values
    const fitted = await openFitted(input, told, output)
    await fitted.file.close()
    output.json(described(fitted))
    for (const line of lines(fitted)) output.print(line)
    return 0
  },
})

async function draw(values: FlagValues<typeof flags>, output: Output): Promise<number> {
  const { model = "videomaev2-s", step = "pretrain", batch = 1, out } = values
  if (out !== undefined) requireSvg(out)
  const config = await modelConfig(model, values, output)
  const { svg, kernels } = await drawStep(config, { model, step, batch })
  output.json({ step, batch, kernels, ...(out === undefined ? { svg } : { out }) })
  if (out === undefined) output.print(svg)
  else {
    await makeFolder(dirname(out))
    await writeText(out, svg)
    output.print(`${out}: ${kernels} kernels`)
  }
  return 0
}

function requireSvg(out: string): void {
  const extension = extname(out)
  if (["", ".svg"].includes(extension.toLowerCase())) return
  throw new UsageError(
    `--out ${out} is not an .svg file`,
    `name it ${out.slice(0, -extension.length)}.svg; a browser can show it or print it as PDF`,
  )
}

function described({ path, file, fit, notes, from, target, said }: Fitted) {
  const { format, sharded, container, alternatives } = file.stored
  const tensors = file.names.map((name) => {
    return { name, dtype: file.dtype(name), shape: file.shape(name) }
  })
  return {
    ...{ path, format, sharded, container, alternatives },
    ...{ prefixes: file.prefixes, naming: file.naming, contents: file.contents },
    parameters: tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    model: fit && {
      ...{ kind: fit.kind, presets: fit.presets, config: fit.config, assumed: fit.assumed },
      ...(fit.kind === "pretrain" && { target }),
      from,
    },
    says: said ?? null,
    missing: fit?.missing ?? [],
    unexpected: [...(fit?.unexpected ?? file.names), ...file.foreign],
    mismatched: fit?.wrong ?? [],
    notes,
    tensors,
  }
}

function lines(fitted: Fitted): string[] {
  const { file, fit, notes } = fitted
  const all = described(fitted)
  const inside = [
    ...all.container.map((key) => `in "${key}"`),
    ...(all.sharded ? ["in shards"] : []),
  ]
  const prefixes = all.prefixes.length > 0 ? `, without ${all.prefixes.join("")}` : ""
  const types = [...new Set(all.tensors.map(({ dtype }) => dtype))].join(", ")
  const others = all.alternatives.filter((key) => key !== "")
  const rows: [string, string][] = [
    ["file", all.path],
    ["format", [all.format, ...inside].join(", ")],
    ["names", `${file.naming}${prefixes}`],
    [
      "contents",
      `${file.contents}: ${file.names.length} tensors, ${all.parameters} parameters, ${types}`,
    ],
    ...others.map((key): [string, string] => ["also", `"${key}": --checkpoint-key ${key}`]),
    ["model", modelOf(fit)],
    ...(fit ? valuesOf(fit, fitted) : []),
    ...misfits("missing", all.missing),
    ...misfits("unexpected", fit ? all.unexpected : file.foreign),
    ...misfits(
      "other shape",
      all.mismatched.map(({ name, found, expected }) => `${name} [${found}] for [${expected}]`),
    ),
    ...notes.map((note): [string, string] => ["note", note]),
  ]
  const table = rows.map(([name, value]) => `${name.padEnd(15)}${value}`)
  const shapes = all.tensors.map(({ name, dtype, shape }) => `  ${name}  ${dtype} [${shape}]`)
  return [...table, "tensors", ...shapes]
}

function modelOf(fit: Fitted["fit"]): string {
  if (!fit) return "unknown"
  const { config, presets } = fit
  const { dim, depth, heads } = config.encoder
  const named = presets.length > 0 ? presets.join(" or ") : config.system
  const sizes = `${dim} wide, ${depth} deep, ${heads} heads, patches of ${config.patchSize}`
  return `${named} (${fit.kind}): ${sizes}`
}

/** What shapes may not show, each with its source. */
function valuesOf({ kind, config }: Fit, { from, target }: Fitted): [string, string][] {
  const hinted = hintNames.flatMap((name) => {
    const { field, flag } = hintFields[name]
    const source = from[field] === "assumed" ? `assumed; override with ${flag}` : from[field]
    return source === undefined ? [] : [[field, `${hintOf(config, name)} (${source})`] as const]
  })
  if (kind !== "pretrain") return hinted.map(([field, value]) => [field, value])
  const source = from.target === "assumed" ? "assumed; override with --target" : from.target
  return [...hinted.map(([f, v]): [string, string] => [f, v]), ["target", `${target} (${source})`]]
}

function misfits(what: string, names: readonly string[]): [string, string][] {
  if (names.length === 0) return [[what, "none"]]
  return [[what, `${names.length}: ${some(names)}`]]
}
