import { TubeletError } from "@tubelet/core"
import { fileSystem, paths } from "@tubelet/core/files"
import { isWeightsFile, weightsFiles } from "../weights-files.js"

/**
 * The path of the weights in a model's folder (Hugging Face's or a checkpoint's), or in the newest
 * `checkpoint-...` of a run's folder. A file's path is returned as it is. Node only.
 */
export async function locateWeights(path: string): Promise<string> {
  const fs = await fileSystem()
  const { join } = await paths()
  const found = await fs.stat(path).catch(() => undefined)
  if (!found) {
    throw new TubeletError(`${path}: no such checkpoint`, "pass a file, a folder or hf:OWNER/NAME")
  }
  if (!found.isDirectory()) return path
  const names = await fs.readdir(path)
  const weights = weightsFiles.find((name) => names.includes(name))
  if (weights) return join(path, weights)
  const step = (name: string) => Number(/^checkpoint-(\d+)$/.exec(name)?.[1] ?? -1)
  const newest = names.filter((name) => step(name) >= 0).sort((a, b) => step(b) - step(a))[0]
  if (newest !== undefined) return locateWeights(join(path, newest))
  if (names.some((name) => name.endsWith(".distcp"))) {
    throw new TubeletError(
      `${path} is a distributed checkpoint (.distcp), whose tensors are split across files`,
      "merge it: python -m torch.distributed.checkpoint.format_utils dcp_to_torch " +
        `${path} whole.pth`,
    )
  }
  const files = names.filter(isWeightsFile)
  if (files.length === 1) return join(path, files[0])
  throw new TubeletError(
    `${path} contains ${files.length === 0 ? "no" : files.length} checkpoints`,
    files.length === 0
      ? "pass a run's folder (with checkpoint-...), a model's folder or a file"
      : `choose one: ${files.slice(0, 8).join(", ")}`,
  )
}
