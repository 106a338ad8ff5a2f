import { TubeletError } from "@tubelet/core"
import { fileSystem, paths } from "@tubelet/core/files"

/** Names of weights in a model's folder, the best first. */
export const weightsFiles = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
] as const

/** Whether a name is that of a file of weights. */
export const namesWeights = (name: string): boolean => /\.(safetensors|pth|pt|bin|ckpt)$/.test(name)

/**
 * The weights in a model's folder (Hugging Face's or a checkpoint's), or in the newest
 * `checkpoint-...` of a run's; a file's path stays itself. Node only.
 */
export async function locateWeights(path: string): Promise<string> {
  const fs = await fileSystem()
  const { join } = await paths()
  const found = await fs.stat(path).catch(() => undefined)
  if (!found) {
    throw new TubeletError(
      `there is no checkpoint ${path}`,
      "give a file, a folder or hf:OWNER/NAME",
    )
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
      `${path} is a distributed checkpoint (.distcp), whose tensors lie in pieces`,
      "put them together: python -m torch.distributed.checkpoint.format_utils dcp_to_torch " +
        `${path} whole.pth`,
    )
  }
  const files = names.filter(namesWeights)
  if (files.length === 1) return join(path, files[0])
  throw new TubeletError(
    `${path} holds ${files.length === 0 ? "no" : files.length} checkpoints`,
    files.length === 0
      ? "give a run's folder (with checkpoint-...), a model's folder or a file"
      : `choose one: ${files.slice(0, 8).join(", ")}`,
  )
}
