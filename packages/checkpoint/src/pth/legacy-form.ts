import { TubeletError } from "@tubelet/core"
import type { ByteSource } from "../files/source.js"
import { allowlist } from "../pickle/globals.js"
import { PickleCut, unpickle, type World } from "../pickle/opcodes.js"
import { viewOf } from "../zip/directory.js"
import { storageId, torchGlobals } from "./globals.js"
import { itemBytes, type Storage, storageView } from "./storage.js"
import { largestPickle } from "./zip-form.js"

/** The first value of a legacy file. */
const magic = 0x1950a86a20f9469cfc6cn
const version = 1001

/**
 * Reads the object of a file in PyTorch's format before 1.6: consecutive pickles of a magic number,
 * a version, the machine, the object and the storages' keys, then each storage's element count and
 * data. Tensors stay in the file.
 */
export async function readLegacyForm(source: ByteSource): Promise<unknown> {
  const found = new Map<string, Placed>()
  const world = {
    file: source.name,
    find: allowlist(source.name, torchGlobals),
    persistent: (id: unknown) => storage(source, found, id),
  }
  const pickles = new Pickles(source, world)
  if ((await pickles.next()) !== magic) refuse(source, "it is not a PyTorch file")
  if ((await pickles.next()) !== version) refuse(source, "its version is unknown")
  const machine = await pickles.next()
  if (machine instanceof Map && machine.get("little_endian") === false) {
    refuse(source, "its bytes are in big-endian order")
  }
  const root = await pickles.next()
  await place(source, found, await pickles.next(), pickles.at)
  return root
}

const refuse = (source: ByteSource, why: string): never => {
  throw new TubeletError(
    `${source.name} is not a valid checkpoint: ${why}`,
    "download it again, or load it in PyTorch and save it again",
  )
}

/** A storage whose place is known once the keys, which follow the object, are read. */
interface Placed extends Storage {
  start: number | undefined
}

function storage(source: ByteSource, found: Map<string, Placed>, id: unknown): Storage {
  const { dtype, key, elements, view } = storageId(id)
  const item = itemBytes(dtype)
  const whole = found.get(key) ?? placed(source, dtype, elements * item)
  if (whole.dtype !== dtype || whole.byteLength !== elements * item) {
    refuse(source, `its storage ${key.slice(0, 40)} has two descriptions`)
  }
  found.set(key, whole)
  if (!Array.isArray(view)) return whole
  const [, offset, size] = view.map(Number)
  if (!(offset >= 0 && size >= 0 && offset + size <= elements)) {
    refuse(source, "a part of a storage is out of bounds")
  }
  return storageView(whole, offset * item, size * item)
}

const placed = (source: ByteSource, dtype: Storage["dtype"], byteLength: number): Placed => ({
  start: undefined,
  dtype,
  byteLength,
  async read(begin, end) {
    const start = this.start ?? refuse(source, "a storage is missing")
    return source.read(start + begin, start + end)
  },
})

async function place(
  source: ByteSource,
  found: ReadonlyMap<string, Placed>,
  keys: unknown,
  start: number,
): Promise<void> {
  if (!Array.isArray(keys)) return refuse(source, "it has no list of storages")
  let at = start
  for (const key of keys) {
    const storage = found.get(key)
    if (!storage || storage.start !== undefined)
      return refuse(source, "its list of storages is inconsistent")
    if (at + 8 > source.size) return refuse(source, "it is truncated")
    const count = viewOf(await source.read(at, at + 8)).getBigInt64(0, true)
    if (Number(count) * itemBytes(storage.dtype) !== storage.byteLength) {
      return refuse(source, `a storage claims ${count} elements`)
    }
    storage.start = at + 8
    at = storage.start + storage.byteLength
    if (at > source.size) return refuse(source, "it is truncated")
  }
}

/** Consecutive pickles, whose lengths are known only after running them. */
class Pickles {
  at = 0

  readonly #source: ByteSource
  readonly #world: World

  constructor(source: ByteSource, world: World) {
    this.#source = source
    this.#world = world
  }

  async next(window = 2 ** 18): Promise<unknown> {
    const end = Math.min(this.at + window, this.#source.size)
    const bytes = await this.#source.read(this.at, end)
    try {
      const { value, end: used } = unpickle(bytes, this.#world)
      this.at += used
      return value
    } catch (error) {
      const more = error instanceof PickleCut && end < this.#source.size && window < largestPickle
      if (!more) throw error
    }
    return this.next(4 * window)
  }
}
