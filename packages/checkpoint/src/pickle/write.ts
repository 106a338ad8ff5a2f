/** Pickle instructions as text, one character per byte; concatenated, they are a program. */
export type Code = string

const littleEndian = (value: number, bytes: number): Code => {
  let code = ""
  for (let i = 0, rest = value; i < bytes; i++, rest = Math.floor(rest / 256)) {
    code += String.fromCharCode(rest % 256)
  }
  return code
}

/** A non-negative integer. */
export function whole(value: number): Code {
  if (value < 2 ** 8) return `K${littleEndian(value, 1)}`
  if (value < 2 ** 16) return `M${littleEndian(value, 2)}`
  if (value < 2 ** 31) return `J${littleEndian(value, 4)}`
  return `\x8a\x07${littleEndian(value, 7)}`
}

export function text(value: string): Code {
  const bytes = new TextEncoder().encode(value)
  let code = `X${littleEndian(bytes.length, 4)}`
  for (const byte of bytes) code += String.fromCharCode(byte)
  return code
}

export const tuple = (...items: readonly Code[]): Code => `(${items.join("")}t`
export const global = (module: string, name: string): Code => `c${module}\n${name}\n`
export const called = (callee: Code, args: Code): Code => `${callee}${args}R`
export const persistent = (id: Code): Code => `${id}Q`
export const no: Code = "\x89"

/** An OrderedDict, as state dicts are. */
export const ordered = (items: readonly (readonly [string, Code])[]): Code =>
  `${called(global("collections", "OrderedDict"), ")")}${setItems(items)}`

export const dictionary = (items: readonly (readonly [string, Code])[]): Code =>
  `}${setItems(items)}`

const setItems = (items: readonly (readonly [string, Code])[]): Code =>
  items.length === 0 ? "" : `(${items.map(([name, value]) => text(name) + value).join("")}u`

/** A pickle of protocol 2, which every PyTorch reads. */
export function pickle(value: Code): Uint8Array {
  const code = `\x80\x02${value}.`
  return Uint8Array.from({ length: code.length }, (_, i) => code.charCodeAt(i))
}
