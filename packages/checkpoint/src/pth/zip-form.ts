import { TubeletError } from "@tubelet/core"
import type { ByteSource } from "../files/source.js"
import { allowlist } from "../pickle/globals.js"
import { unpickle } from "../pickle/opcodes.js"
import { openZip, type ZipFile } from "../zip/read.js"
import { storageId, torchGlobals } from "./globals.js"
import { refuseOtherZip } from "./other-zips.js"
import { itemBytes, type Storage } from "./storage.js"

/** Far above any model's: the pickle has the names and places of tensors, not their data. */
export const largestPickle = 100_000_000

/** Reads the object of a zip-form file (PyTorch 1.6 and later); tensors stay in the file. */
export async function readZipForm(source: ByteSource): Promise<unknown> {
  const zip = await openZip(source)
  refuseOtherZip([...zip.entries.keys()], source.name)
  const root = rootOf(zip, source.name)
  await requireLittleEndian(zip, root, source.name)
  const entry = zip.entries.get(`${root}data.pkl`)!
  if (entry.size > largestPickle) {
    throw new TubeletError(`${source.name} has a pickle of ${entry.size} bytes, which is too long`)
  }
  const bytes = await zip.read(entry, 0, entry.size)
  const world = {
    file: source.name,
    find: allowlist(source.name, torchGlobals),
    persistent: (id: unknown) => storage(zip, root, source.name, id),
  }
  return unpickle(bytes, world).value
}

/** The archive's root folder; its name is the writer's choice. */
function rootOf(zip: ZipFile, file: string): string {
  const roots = [...zip.entries.keys()].flatMap((name) => /^(.*\/)data\.pkl$/.exec(name)?.[1] ?? [])
  if (roots.length === 1) return roots[0]
  throw new TubeletError(
    `${file} is a zip file but not a PyTorch checkpoint: it has ${roots.length} data.pkl files`,
    "unpack it first: the checkpoint may be inside",
  )
}

async function requireLittleEndian(zip: ZipFile, root: string, file: string): Promise<void> {
  const entry = zip.entries.get(`${root}byteorder`)
  if (!entry) return
  const order = new TextDecoder().decode(await zip.read(entry, 0, Math.min(entry.size, 16)))
  if (order === "little") return
  const advice = "load it in PyTorch on a little-endian machine and save it again"
  throw new TubeletError(`${file} has ${order}-endian data`, advice)
}

function storage(zip: ZipFile, root: string, file: string, id: unknown): Storage {
  const { dtype, key, elements } = storageId(id)
  const byteLength = elements * itemBytes(dtype)
  const entry = zip.entries.get(`${root}data/${key}`)
  if (entry?.size === byteLength) {
    return { dtype, byteLength, read: (begin, end) => zip.read(entry, begin, end) }
  }
  const has = entry ? `has ${entry.size} bytes instead of ${byteLength}` : "is missing"
  throw new TubeletError(`${file} is damaged: its storage ${key.slice(0, 40)} ${has}`)
}
