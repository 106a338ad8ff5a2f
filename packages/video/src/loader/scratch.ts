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

// Clips pass from child to parent through a nameless file: a write, a read and a short message.
// Through the IPC pipe, 2 MB take forty turns of both event loops, which costs as much as decoding.

/** The descriptor under which a child finds the file; 3 is its IPC channel. */
const childFd = 4

/** A file without a name, so that nothing is left behind however either process ends. */
export class ScratchFile {
  readonly fd: number

  constructor() {
    this.fd = namelessFile()
  }

  /** Fills `into` with what the child wrote last. */
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

function namelessFile(): number {
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
    throw code === "EMFILE" || code === "ENFILE" ? machineError(error) : noRoom(error)
  }
}

const noRoom = (cause: unknown) =>
  new MachineError(
    `${tmpdir()}: no temporary file can be written (${(cause as Error).message})`,
    "Set TMPDIR to a folder that exists, may be written to and has some room.",
    { cause },
  )

/** Called in the child, with bytes that the parent will `read`. */
export function writeScratch(bytes: Uint8Array): void {
  let done = 0
  try {
    while (done < bytes.length) done += writeSync(childFd, bytes, done, bytes.length - done, done)
  } catch (error) {
    throw noRoom(error)
  }
}
