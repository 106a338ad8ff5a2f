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

// Clips pass from child to parent through a nameless file: a write, a read and a short message.
// Through the IPC pipe, 2 MB take forty turns of both event loops, which costs as much as decoding.

/** The descriptor under which a child finds the file; 3 is its IPC channel. */
const CHILD_FD = 4

/** A file without a name, so that nothing is left behind however either process ends. */
export class ScratchFile {
  readonly fd: number

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), "tubelet-"))
    const path = join(folder, "clip")
    this.fd = openSync(path, "w+")
    unlinkSync(path)
    rmdirSync(folder)
  }

  /** What the child wrote last. */
  read(bytes: number): Uint8Array {
    const clip = new Uint8Array(bytes)
    let done = 0
    while (done < bytes) done += readSync(this.fd, clip, done, bytes - done, done)
    return clip
  }

  close(): void {
    closeSync(this.fd)
  }
}

/** Called in the child, with a clip that the parent will `read`. */
export function writeScratch(clip: Uint8Array): void {
  let done = 0
  while (done < clip.length) done += writeSync(CHILD_FD, clip, done, clip.length - done, done)
}
