import { TubeletError } from "../errors.js"

/**
 * Node's own modules, loaded when first used and under names that no bundler follows: so packages
 * that use them load in a page too, where only reading from memory and blobs works.
 */
export async function fileSystem(): Promise<typeof import("node:fs/promises")> {
  return builtin("node:fs/promises", "reading and writing files")
}

/** For what is done while the process ends. */
export async function syncFileSystem(): Promise<typeof import("node:fs")> {
  return builtin("node:fs", "reading and writing files")
}

export async function paths(): Promise<typeof import("node:path")> {
  return builtin("node:path", "file paths")
}

export async function crypto(): Promise<typeof import("node:crypto")> {
  return builtin("node:crypto", "checking what was downloaded")
}

export async function operatingSystem(): Promise<typeof import("node:os")> {
  return builtin("node:os", "the hub's cache")
}

export async function network(): Promise<typeof import("node:net")> {
  return builtin("node:net", "the hub")
}

export async function childProcess(): Promise<typeof import("node:child_process")> {
  return builtin("node:child_process", "a lock on files")
}

async function builtin(name: string, what: string) {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ name)
  } catch (cause) {
    const advice = "pass an ArrayBuffer, a Uint8Array or a Blob instead of a path"
    throw new TubeletError(`${what} needs Node`, advice, { cause })
  }
}
