import { sizeOf, TubeletError } from "@tubelet/core"
import type { Globals } from "../pickle/globals.js"
import type { Global } from "../pickle/machine.js"
import { type ElementType, elementBytes, isShape, type TensorSource } from "../tensor.js"
import { type Storage, storageTypes, torchTypes } from "./storage.js"
import { endOf, type Layout, readStrided } from "./strided.js"

/** A tensor of a `.pth` file, read on demand. */
export class StoredTensor implements TensorSource {
  readonly dtype: ElementType
  readonly shape: readonly number[]

  constructor(
    readonly storage: Storage,
    readonly layout: Layout,
  ) {
    this.dtype = layout.dtype
    this.shape = layout.shape
  }

  bytes = (): Promise<Uint8Array> => readStrided(this.storage, this.layout)
}

/** Strides of zero can make a tensor larger than its file; it may have this many elements. */
const mostRepeated = 2 ** 24

const refuse = (what: string): never => {
  throw new TubeletError(`the checkpoint has a damaged tensor: ${what}`, "download it again")
}

const isStorage = (value: unknown): value is Storage =>
  typeof value === "object" && value !== null && "byteLength" in value && "read" in value

function rebuild(args: readonly unknown[], dtype?: ElementType): StoredTensor {
  const [storage, offset, shape, stride] = args
  if (!isStorage(storage)) return refuse("it has no storage")
  if (!isShape(shape) || !isShape(stride) || stride.length !== shape.length) {
    return refuse("its shape or strides are invalid")
  }
  if (!isShape([offset])) return refuse("its offset is invalid")
  const type = dtype ?? storage.dtype
  if (type === undefined) return refuse("its storage has no type")
  const layout: Layout = { dtype: type, offset: offset as number, shape, stride }
  const held = storage.byteLength / elementBytes[type]
  const needed = endOf(layout)
  if (!(needed <= held)) refuse(`it needs ${needed} elements of a storage of ${held}`)
  if (sizeOf(shape) > Math.max(held, mostRepeated)) {
    refuse(`its shape [${shape}] repeats ${held} elements`)
  }
  return new StoredTensor(storage, layout)
}

/** Refuses conjugated and negated views, which plain weights are not. */
function requirePlain(metadata: unknown): void {
  if (metadata instanceof Map && [...metadata.values()].includes(true)) {
    refuse("it is a conjugated or negated view")
  }
}

const rebuildV2 = (args: readonly unknown[]) => {
  requirePlain(args[6])
  return rebuild(args)
}

const rebuildV3 = (args: readonly unknown[]) => {
  requirePlain(args[7])
  const name = (args[6] as Partial<Global> | null)?.name?.slice("torch.".length)
  const dtype = name === undefined ? undefined : torchTypes[name]
  return dtype === undefined ? refuse("it has no type") : rebuild(args, dtype)
}

/** A parameter is its tensor. */
const parameter = ([tensor]: readonly unknown[]) =>
  tensor instanceof StoredTensor ? tensor : refuse("it is a parameter without a tensor")

/** A tensor of a subclass, or with attributes: `(rebuild, class, arguments, attributes)`. */
function fromType([rebuilder, , args]: readonly unknown[]): unknown {
  const { call, name } = (rebuilder ?? {}) as Partial<Global>
  const known = call && name?.startsWith("torch._utils._rebuild_") && Array.isArray(args)
  return known ? call(args) : refuse("it is not rebuilt by a function of PyTorch")
}

const storageClasses = Object.keys(storageTypes).flatMap((name) => [
  `torch.${name}`,
  `torch.cuda.${name}`,
  `torch.storage.${name}`,
])

const references = [
  ...storageClasses,
  ...Object.keys(torchTypes).map((name) => `torch.${name}`),
  "torch.Tensor",
  "torch.nn.parameter.Parameter",
]

/** The globals that PyTorch's files refer to. */
export const torchGlobals: Globals = {
  ...Object.fromEntries(references.map((name) => [name, undefined])),
  "torch._utils._rebuild_tensor": (args) => rebuild(args),
  "torch._utils._rebuild_tensor_v2": rebuildV2,
  "torch._utils._rebuild_tensor_v3": rebuildV3,
  "torch._utils._rebuild_parameter": parameter,
  "torch._utils._rebuild_parameter_with_state": parameter,
  "torch._tensor._rebuild_from_type_v2": fromType,
  "torch.Size": ([sizes = []]) => (Array.isArray(sizes) ? sizes : refuse("a size is not a list")),
  "torch.device": (parts) => parts.join(":"),
}

/** The storage a persistent id names: `("storage", class, key, device, elements, ...)`. */
export interface StorageId {
  readonly dtype: ElementType | undefined
  readonly key: string
  readonly elements: number
  /** In the oldest files, `(key, offset, elements)` of a part, in elements. */
  readonly view: unknown
}

export function storageId(id: unknown): StorageId {
  const [kind, type, key, , elements, view] = Array.isArray(id) ? id : []
  const className = (type as Partial<Global> | null | undefined)?.name
  const known = className !== undefined && storageClasses.includes(className)
  if (kind !== "storage" || !known || typeof key !== "string" || !isShape([elements])) {
    return refuse("its storage is not one that PyTorch writes")
  }
  const dtype = storageTypes[className.slice(className.lastIndexOf(".") + 1)]
  return { dtype, key, elements: elements as number, view }
}
