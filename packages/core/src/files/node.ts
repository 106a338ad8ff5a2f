import { TubeletError } from "../errors.js"

/**
 * Node's modules, loaded on first use and under names that bundlers do not follow. Packages that
 * use them still load in a page, where only memory and blobs can be read.
 */
const builtin =
  <T>(name: string, what: string) =>
  async (): Promise<T> => {
    try {
      return await import(/* webpackIgnore: true */ /* @vite-ignore */ name)
    } catch (cause) {
      const advice = "pass an ArrayBuffer, a Uint8Array or a Blob instead of a path"
      throw new TubeletError(`${what} needs Node`, advice, { cause })
    }
  }

const files = "reading and writing files"

export const fileSystem = builtin<typeof import("node:fs/promises")>("node:fs/promises", files)

/** For code that runs at process exit. */
export const syncFileSystem = builtin<typeof import("node:fs")>("node:fs", files)

export const paths = builtin<typeof import("node:path")>("node:path", "file paths")

export const urls = builtin<typeof import("node:url")>("node:url", "file paths")

export const crypto = builtin<typeof import("node:crypto")>(
  "node:crypto",
  "checking what was downloaded",
)

export const operatingSystem = builtin<typeof import("node:os")>("node:os", "the hub's cache")

export const network = builtin<typeof import("node:net")>("node:net", "the hub")

export const childProcess = builtin<typeof import("node:child_process")>(
  "node:child_process",
  "a lock on files",
)
