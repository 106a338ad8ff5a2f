import type { HostArray } from "@tubelet/core"
import type { Block, Range } from "./buffers.js"
import { padding } from "./limits.js"

/** Browsers copy each write before sending it: write large arrays in pieces. */
const pieceBytes = 32 * 2 ** 20

/** Writes elements to a block, with zeros in the padding to 16 bytes. */
export function write(queue: GPUQueue, { parts }: Block, data: HostArray): void {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  let start = 0
  for (const part of parts) {
    writePart(queue, part, bytes.subarray(start, start + part.size))
    start += part.size
  }
}

function writePart(queue: GPUQueue, { buffer, offset }: Range, bytes: Uint8Array): void {
  const whole = bytes.length - (bytes.length % padding)
  for (let start = 0; start < whole; start += pieceBytes) {
    const piece = unshared(bytes.subarray(start, Math.min(start + pieceBytes, whole)))
    queue.writeBuffer(buffer.gpu, offset + start, piece)
  }
  if (whole === bytes.length) return
  const tail = new Uint8Array(padding)
  tail.set(bytes.subarray(whole))
  queue.writeBuffer(buffer.gpu, offset + whole, tail)
}

/** Dawn in Node crashes on shared memory. */
const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  (bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice()) as Uint8Array<ArrayBuffer>
