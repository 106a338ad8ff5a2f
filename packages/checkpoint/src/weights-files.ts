/** File names of weights in a model's folder, best first. */
export const weightsFiles = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
] as const

/** Whether a file name has an extension of weights. */
export const isWeightsFile = (name: string): boolean =>
  /\.(safetensors|pth|pt|bin|ckpt)$/.test(name)
