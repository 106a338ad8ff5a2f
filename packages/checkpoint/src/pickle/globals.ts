import { TubeletError } from "@tubelet/core"
import { Attributes } from "./attributes.js"
import type { Global } from "./machine.js"
import { numpyGlobals } from "./numpy.js"

type Call = NonNullable<Global["call"]>

/** Globals and their constructors; undefined for those that are only referenced. */
export type Globals = Readonly<Record<string, Call | undefined>>

const isIterable = (value: unknown): value is Iterable<unknown> =>
  Array.isArray(value) || value instanceof Set

const bad = (what: string): never => {
  throw new TubeletError(`the checkpoint is damaged: ${what}`, "download it again")
}

/** A dictionary: empty, a copy, or from a list of pairs. */
function dictionary(args: readonly unknown[]): Map<unknown, unknown> {
  const [from] = args
  if (from === undefined) return new Map()
  if (from instanceof Map) return new Map(from)
  if (!Array.isArray(from)) return bad("a dictionary is not built from pairs")
  const pairs = from.map((pair) => {
    return Array.isArray(pair) && pair.length === 2
      ? pair
      : bad("a dictionary has an item that is not a pair")
  })
  return new Map(pairs as [unknown, unknown][])
}

const set: Call = ([items = []]) =>
  new Set(isIterable(items) ? items : bad("a set is not built from a list"))

/** Pickles of protocol 2 store bytes as text, one character per byte. */
const encode: Call = ([text = ""]) =>
  typeof text === "string"
    ? Uint8Array.from(text, (c) => c.charCodeAt(0))
    : bad("bytes are not stored as text")

const path: Call = (parts) =>
  parts.every((part) => typeof part === "string")
    ? parts.join("/").replace(/^\/\//, "/")
    : bad("a path is not text")

/** `copyreg._reconstructor(class, base, state)`: creates an object of a class. */
const reconstructor: Call = ([type]) => {
  const call = (type as Partial<Global> | null)?.call
  return call ? call([]) : bad("an object has no class")
}

/** Classes that only hold attributes or items, such as settings. */
const records = [
  "argparse.Namespace",
  "types.SimpleNamespace",
  ...[
    "dictconfig.DictConfig",
    "listconfig.ListConfig",
    "base.ContainerMetadata",
    "base.Metadata",
  ].map((name) => `omegaconf.${name}`),
  ...["Any", "String", "Integer", "Float", "Boolean", "Bytes", "Path"].map(
    (type) => `omegaconf.nodes.${type}Node`,
  ),
  "lightning.fabric.utilities.data.AttributeDict",
  "lightning_fabric.utilities.data.AttributeDict",
  "lightning.pytorch.utilities.parsing.AttributeDict",
  "pytorch_lightning.utilities.parsing.AttributeDict",
  "mmengine.config.config.ConfigDict",
  "mmcv.utils.config.ConfigDict",
  "addict.addict.Dict",
  "easydict.EasyDict",
  "munch.Munch",
  "yacs.config.CfgNode",
  "fvcore.common.config.CfgNode",
]

const plain: Globals = {
  ...Object.fromEntries(records.map((name) => [name, () => new Attributes()])),
  "collections.OrderedDict": dictionary,
  "collections.defaultdict": () => new Map(),
  "collections.Counter": dictionary,
  "builtins.set": set,
  "builtins.frozenset": set,
  "builtins.bytes": encode,
  "builtins.bytearray": encode,
  "builtins.dict": dictionary,
  "builtins.list": undefined,
  "builtins.tuple": undefined,
  "builtins.int": undefined,
  "builtins.long": undefined,
  "builtins.float": undefined,
  "builtins.bool": undefined,
  "builtins.str": undefined,
  "builtins.object": undefined,
  "typing.Any": undefined,
  "_codecs.encode": encode,
  "copyreg._reconstructor": reconstructor,
  "pathlib.Path": path,
  "pathlib.PosixPath": path,
  "pathlib.PurePosixPath": path,
  "pathlib.WindowsPath": path,
  "pathlib.PureWindowsPath": path,
  ...numpyGlobals,
}

/** Older and newer names of Python's and NumPy's modules. */
const renamed: readonly (readonly [RegExp, string])[] = [
  [/^__builtin__$/, "builtins"],
  [/^copy_reg$/, "copyreg"],
  [/^pathlib\._local$/, "pathlib"],
  [/^numpy\._core\b/, "numpy.core"],
]

/**
 * Looks up globals in an allowlist: plain data of Python and NumPy, and `more`. Anything else is an
 * error that names it: a pickle could refer to any function, such as `os.system`.
 */
export function allowlist(file: string, more: Globals): (module: string, name: string) => Global {
  return (module, name) => {
    const current = renamed.reduce((m, [old, now]) => m.replace(old, now), module)
    const full = `${current}.${name}`
    const list = [more, plain].find((globals) => Object.hasOwn(globals, full))
    if (!list) return refuse(file, `${module}.${name}`)
    const call = list[full]
    return call ? { name: full, call } : { name: full }
  }
}

/** Globals of tensors that are not plain arrays, with what they are and what to do. */
const otherTensors: readonly (readonly [RegExp, string, string])[] = [
  [/^torch\.distributed\b/, "tensors sharded across processes", "gather them before saving"],
  [/_rebuild_sparse|_get_layout$/, "sparse tensors", "save tensor.to_dense() of each"],
  [/_rebuild_qtensor|Q\w+Storage$/, "quantised tensors", "save tensor.dequantize() of each"],
]

function refuse(file: string, name: string): never {
  const shown = name.slice(0, 120)
  const [, what, advice] = otherTensors.find(([sign]) => sign.test(name)) ?? []
  if (what)
    throw new TubeletError(`${file} contains ${what} (${shown}), which are not supported`, advice)
  throw new TubeletError(
    `${file} refers to "${shown}", which is not plain data; nothing was executed`,
    'if you trust the file, load it in PyTorch and save {"model": model.state_dict()}',
  )
}
