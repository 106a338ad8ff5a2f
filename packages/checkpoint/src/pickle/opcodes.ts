import { type Buildable, type Global, Machine, PickleCut, type World } from "./machine.js"

type Step = (machine: Machine) => void

const push =
  (value: (machine: Machine) => unknown): Step =>
  (m) => {
    m.stack.push(value(m))
  }

/** Longer integers are not sizes, seeds or steps. */
const longestInteger = 1024

function integer(m: Machine, length: number): number | bigint {
  if (length > longestInteger) m.refuse(`it has an integer of ${length} bytes`)
  let value = 0n
  for (const byte of m.take(length).slice().reverse()) value = (value << 8n) | BigInt(byte)
  const signed = BigInt.asIntN(8 * length, value)
  const small = Number(signed)
  return Number.isSafeInteger(small) ? small : signed
}

/** A Python 2 string: one character per byte. */
const latin1 = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

const tuple = (count: number): Step =>
  push((m) => Array.from({ length: count }, () => m.pop()).reverse())

function append(m: Machine, items: readonly unknown[]): void {
  const list = m.top()
  if (!Array.isArray(list)) m.refuse("it appends to something other than a list")
  for (const item of items) (list as unknown[]).push(item)
}

function setItems(m: Machine, pairs: readonly unknown[]): void {
  const map = m.top()
  if (map instanceof Map) fill(m, map, pairs)
  else m.refuse("it sets items of something other than a dictionary")
}

function fill(m: Machine, map: Map<unknown, unknown>, pairs: readonly unknown[]) {
  if (pairs.length % 2 !== 0) m.refuse("it has a key without a value")
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1])
  return map
}

function global(m: Machine): Global {
  const [name, module] = [m.pop(), m.pop()]
  if (typeof name === "string" && typeof module === "string") return m.world.find(module, name)
  return m.refuse("it refers to a global whose name is not text")
}

/** REDUCE and NEWOBJ: calls the global below the arguments, if that is allowed. */
function call(m: Machine): unknown {
  const [args, callee] = [m.pop(), m.pop() as Partial<Global> | null]
  if (typeof callee !== "object" || !callee?.call || !Array.isArray(args)) {
    return m.refuse(`it calls ${callee?.name ?? "something other than a function"}`)
  }
  return callee.call(args)
}

function build(m: Machine): void {
  const state = m.pop()
  const target = m.top() as Partial<Buildable> | null
  if (typeof target !== "object" || target === null)
    m.refuse("it sets the state of something other than an object")
  // Ignores an OrderedDict's `_metadata` and a parameter's attributes: they are not weights.
  if (typeof target.build === "function") target.build(state)
}

function readMemo(m: Machine, index: number): unknown {
  if (!m.memo.has(index)) m.refuse(`it reads memo ${index}, which it never stored`)
  return m.memo.get(index)
}

const memoize = (m: Machine, index: number) => m.memo.set(index, m.top())

function protocol(m: Machine): void {
  const version = m.u8()
  if (version > 5) m.refuse(`it is a pickle of protocol ${version}; 2 to 5 are supported`)
}

/** The supported instructions, which are all that any version of PyTorch writes. */
const steps: Readonly<Record<number, Step>> = {
  128: protocol,
  149: (m) => m.skip(8), // FRAME
  40: (m) => m.marks.push(m.stack.length), // MARK
  48: (m) => m.pop(), // POP
  49: (m) => m.popMark(), // POP_MARK

  78: push(() => null), // NONE
  136: push(() => true), // NEWTRUE
  137: push(() => false), // NEWFALSE
  74: push((m) => m.i32()), // BININT
  75: push((m) => m.u8()), // BININT1
  77: push((m) => m.u16()), // BININT2
  138: push((m) => integer(m, m.u8())), // LONG1
  139: push((m) => integer(m, m.u32())), // LONG4
  71: push((m) => m.f64()), // BINFLOAT

  84: push((m) => latin1(m.take(m.u32()))), // BINSTRING
  85: push((m) => latin1(m.take(m.u8()))), // SHORT_BINSTRING
  140: push((m) => m.text(m.u8())), // SHORT_BINUNICODE
  88: push((m) => m.text(m.u32())), // BINUNICODE
  141: push((m) => m.text(m.u64())), // BINUNICODE8
  67: push((m) => m.take(m.u8())), // SHORT_BINBYTES
  66: push((m) => m.take(m.u32())), // BINBYTES
  142: push((m) => m.take(m.u64())), // BINBYTES8
  150: push((m) => m.take(m.u64())), // BYTEARRAY8

  41: push(() => []), // EMPTY_TUPLE
  133: tuple(1), // TUPLE1
  134: tuple(2), // TUPLE2
  135: tuple(3), // TUPLE3
  116: push((m) => m.popMark()), // TUPLE
  93: push(() => []), // EMPTY_LIST
  108: push((m) => m.popMark()), // LIST
  97: (m) => append(m, [m.pop()]), // APPEND
  101: (m) => append(m, m.popMark()), // APPENDS
  125: push(() => new Map()), // EMPTY_DICT
  100: push((m) => fill(m, new Map(), m.popMark())), // DICT
  115: (m) => setItems(m, [m.pop(), m.pop()].reverse()), // SETITEM
  117: (m) => setItems(m, m.popMark()), // SETITEMS
  143: push(() => new Set()), // EMPTY_SET
  145: push((m) => new Set(m.popMark())), // FROZENSET
  144: (m) => {
    const items = m.popMark()
    const set = m.top()
    if (!(set instanceof Set)) return m.refuse("it adds to something other than a set")
    for (const item of items) set.add(item)
  }, // ADDITEMS

  99: push((m) => m.world.find(m.line(), m.line())), // GLOBAL
  147: push(global), // STACK_GLOBAL
  82: push(call), // REDUCE
  129: push(call), // NEWOBJ
  98: build, // BUILD
  81: push((m) => m.world.persistent(m.pop())), // BINPERSID

  113: (m) => memoize(m, m.u8()), // BINPUT
  114: (m) => memoize(m, m.u32()), // LONG_BINPUT
  148: (m) => memoize(m, m.memo.size), // MEMOIZE
  104: push((m) => readMemo(m, m.u8())), // BINGET
  106: push((m) => readMemo(m, m.u32())), // LONG_BINGET
}

const stop = 46

/**
 * Runs the pickle that begins at byte `start`; returns its value and its end. Lists and tuples
 * become arrays, dictionaries Maps, sets Sets, bytes Uint8Arrays.
 *
 * @throws PickleCut if the bytes end too early.
 */
export function unpickle(
  bytes: Uint8Array,
  world: World,
  start = 0,
): { readonly value: unknown; readonly end: number } {
  const machine = new Machine(bytes, world, start)
  if (bytes.length > start && bytes[start] !== 128)
    machine.refuse("it is not a pickle of protocol 2 or later")
  for (;;) {
    const code = machine.u8()
    if (code === stop) return { value: machine.pop(), end: machine.at }
    const step = steps[code]
    if (!step) machine.refuse(`its pickle has opcode ${code}, which no checkpoint needs`)
    step(machine)
  }
}

export { PickleCut, type World }
