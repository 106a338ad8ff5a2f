import { TubeletError } from "@tubelet/core"

/** A well-known kind of zip file that is not a checkpoint, recognised by an entry's name. */
interface OtherZip {
  readonly sign: RegExp
  readonly what: string
  readonly advice: string
}

const stateDict = 'torch.save({"model": model.state_dict()}, PATH)'

const kinds: readonly OtherZip[] = [
  {
    sign: /\/code\/__torch__/,
    what: "a TorchScript archive (torch.jit.save), which contains a program",
    advice: `save its weights in PyTorch: model = torch.jit.load(PATH), then ${stateDict}`,
  },
  {
    sign: /(^|\/)(archive_format|serialized_exported_program\.json)$/,
    what: "an exported program (torch.export.save), which contains a graph",
    advice: `save its weights in PyTorch: model = torch.export.load(PATH), then ${stateDict}`,
  },
  {
    sign: /^model\.weights\.h5$/,
    what: "a Keras model",
    advice: "load it in Keras and save its weights as safetensors",
  },
  {
    sign: /^[^/]+\.npy$/,
    what: "an archive of NumPy arrays (.npz)",
    advice:
      "write its arrays as safetensors: safetensors.numpy.save_file(dict(numpy.load(PATH)), OUT)",
  },
]

/** @throws TubeletError naming the kind of a zip file that is known not to be a checkpoint. */
export function refuseOtherZip(names: readonly string[], file: string): void {
  const kind = kinds.find(({ sign }) => names.some((name) => sign.test(name)))
  if (kind) throw new TubeletError(`${file} is not a checkpoint but ${kind.what}`, kind.advice)
}
