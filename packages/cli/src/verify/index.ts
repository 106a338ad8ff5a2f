import { type Backend, type HostArray, TubeletError } from "@tubelet/core"
import { type Check, check, type Kind } from "./compare.js"
import type { SetFiles } from "./files.js"
import { finetuneTrajectory } from "./finetune-trajectory.js"
import { finetune } from "./finetuning.js"
import * as huggingFace from "./hugging-face.js"
import { maePretrain } from "./mae.js"
import { pretrainTrajectory } from "./pretrain-trajectory.js"
import type { Arrays } from "./run.js"
import { openSet, type VerifySet } from "./set.js"
import { videoMaePretrain, videoMaeV2Pretrain } from "./video.js"

export type { Check } from "./compare.js"
export type { SetFiles } from "./files.js"

type Compute = (backend: Backend, set: VerifySet) => Promise<Arrays>

/** The kinds of sets: the name of a set starts with its kind. */
const kinds: Readonly<Record<string, Compute>> = {
  "mae-pretrain": maePretrain,
  "mae-finetune": finetune("mae"),
  "mae-finetune-trajectory": finetuneTrajectory("mae"),
  "mae-trajectory": pretrainTrajectory("mae"),
  "videomae-pretrain": videoMaePretrain,
  "videomae-finetune": finetune("videomae"),
  "videomae-finetune-trajectory": finetuneTrajectory("videomae"),
  "videomae-trajectory": pretrainTrajectory("videomae"),
  "videomaev2-pretrain": videoMaeV2Pretrain,
  "videomaev2-trajectory": pretrainTrajectory("videomaev2"),
  "videomaev2-finetune": finetune("videomaev2"),
  "videomaev2-finetune-trajectory": finetuneTrajectory("videomaev2"),
  "hf-videomae-pretrain": huggingFace.videoMaePretrain,
  "hf-videomae-finetune": huggingFace.finetune("videomae"),
  "hf-vitmae-pretrain": huggingFace.vitMaePretrain,
  "hf-vitmae-finetune": huggingFace.finetune("mae"),
}

function computeOf(set: VerifySet): Compute {
  // The longest: "mae-finetune" also starts "mae-finetune-trajectory".
  const kind = Object.keys(kinds)
    .filter((kind) => new RegExp(`^${kind}(?![a-z])`).test(set.name))
    .sort((a, b) => b.length - a.length)[0]
  if (kind !== undefined) return kinds[kind]
  throw new TubeletError(
    `verify does not support this kind of set: "${set.name}"`,
    `the name of its folder must start with one of ${Object.keys(kinds).join(", ")}`,
  )
}

const integerOutputs = /(^|\.)(ids_shuffle|ids_restore|mask|cal_loss_mask)$/

function kindOf(name: string): Kind {
  if (integerOutputs.test(name)) return "exact"
  if (/(^|\.)final\./.test(name)) return "weights"
  if (/(^|\.)(grad\.|grad_norm$)/.test(name)) return "gradient"
  return /(^|\.)(loss([._]|$)|lr$)/.test(name) ? "loss" : "forward"
}

/**
 * MAE's key bias has a gradient of exactly zero, so Adam moves it by rounding noise: its third of a
 * trained qkv bias is not compared.
 */
function comparable(set: VerifySet, name: string, data: HostArray): HostArray {
  const noisy =
    /^mae-(finetune-)?trajectory/.test(set.name) && /final\..*attn\.qkv\.bias$/.test(name)
  if (!noisy) return data
  const third = data.length / 3
  return Float32Array.from(data.filter((_, i) => i < third || i >= 2 * third))
}

/** Computes a set and compares every tensor with its golden values. */
export async function verifySet(backend: Backend, files: SetFiles): Promise<Check[]> {
  const set = await openSet(files)
  if (Object.keys(set.outputs).length === 0) {
    throw new TubeletError(
      `${set.name}/outputs.safetensors contains no tensors`,
      "download the set again",
    )
  }
  const ours = await computeOf(set)(backend, set)
  return Object.entries(set.outputs).map(([name, { data }]) => {
    const found = ours[name] && comparable(set, name, ours[name])
    return check(set.name, name, kindOf(name), found, comparable(set, name, data))
  })
}
