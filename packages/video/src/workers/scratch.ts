import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MachineError, machineError } from "../decode/machine.js"

// A subprocess returns clips through an unlinked file: a write, a read and a short message. Through
// the IPC pipe, 2 MB take forty turns of both event loops, which costs as much as decoding.

/** The file's descriptor in a subprocess; 3 is its IPC channel. */
const childFd = 4

/** An unlinked file: nothing is left behind, no matter how either process ends. */
export class ScratchFile {
  readonly fd: number

  constructor() {
    this.fd = unlinkedFile()
  }

  /** Fills `into` with what the subprocess wrote last. */
  read(into: Uint8Array): void {
    let done = 0
    while (done < into.length) {
      const count = readSync(this.fd, into, done, into.length - done, done)
      if (count === 0)
        throw new Error(`a decoder's file ends after ${done} of ${into.length} bytes`)
      done += count
    }
  }

  close(): void {
    closeSync(this.fd)
  }
}

function unlinkedFile(): number {
  try {
    const folder = mkdtempSync(join(tmpdir(), "tubelet-"))
    try {
      const path = join(folder, "clip")
      const fd = openSync(path, "w+")
      unlinkSync(path)
      return fd
    } finally {
      rmdirSync(folder)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === "EMFILE" || code === "ENFILE" ? machineError(error) : notWritable(error)
  }
}

const notWritable = (cause: unknown) =>
  new MachineError(
    `${tmpdir()}: cannot write a temporary file (${(cause as Error).message})`,
    "set TMPDIR to an existing, writable folder with some space",
    { cause },
  )

/** Called in the subprocess, with bytes for the parent to `read`. */
export function writeScratch(bytes: Uint8Array): void {
  let done = 0
  try {
    while (done < bytes.length) done += writeSync(childFd, bytes, done, bytes.length - done, done)
  } catch (error) {
    throw notWritable(error)
  }
}
