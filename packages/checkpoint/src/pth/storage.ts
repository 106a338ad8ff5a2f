import { type ElementType, elementBytes } from "../tensor.js"

/** A storage of PyTorch: a flat array that tensors are views of. Its bytes are read on demand. */
export interface Storage {
  /** Undefined for an untyped storage, whose tensors have the type. */
  readonly dtype: ElementType | undefined
  readonly byteLength: number
  /** Bytes [begin, end). */
  read(begin: number, end: number): Promise<Uint8Array>
}

/** PyTorch's storage classes and their element types; an untyped one serves any type. */
export const storageTypes: Readonly<Record<string, ElementType | undefined>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
  UntypedStorage: undefined,
}

/** `torch.float32` and the like, including types without a storage class. */
export const torchTypes: Readonly<Record<string, ElementType>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2: "F8_E5M2",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint64: "U64",
  uint32: "U32",
  uint16: "U16",
  uint8: "U8",
  bool: "BOOL",
}

/** A part of a storage, as in the oldest files. */
export const storageView = (storage: Storage, begin: number, byteLength: number): Storage => ({
  dtype: storage.dtype,
  byteLength,
  read: (from, to) => storage.read(begin + from, begin + to),
})

export const itemBytes = (dtype: ElementType | undefined): number =>
  dtype === undefined ? 1 : elementBytes[dtype]
