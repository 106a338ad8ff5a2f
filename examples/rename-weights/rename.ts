import { openSafetensors, writeSafetensors } from "@tubelet/checkpoint"

/** One line per tensor of a safetensors file: name, dtype, shape. */
export async function listTensors(path: string): Promise<string[]> {
  const file = await openSafetensors(path)
  try {
    const lines: string[] = []
    for (const name of file.names) {
      const { dtype, shape } = await file.read(name)
      lines.push(`${name}  ${dtype} [${shape.join(", ")}]`)
    }
    return lines
  } finally {
    await file.close()
  }
}

/** Copies the tensors of `path` to `out`, replacing the prefix `from` of their names with `to`. */
export async function renameTensors(
  path: string,
  out: string,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const file = await openSafetensors(path)
  try {
    const renamed = (name: string) =>
      name.startsWith(from) ? `${to}${name.slice(from.length)}` : name
    const tensors = await Promise.all(
      file.names.map(async (name) => [renamed(name), await file.read(name)] as const),
    )
    await writeSafetensors(out, Object.fromEntries(tensors))
  } finally {
    await file.close()
  }
}
