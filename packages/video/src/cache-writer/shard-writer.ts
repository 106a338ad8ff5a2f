import { type FileHandle, open, readdir, truncate } from "node:fs/promises"
import { crc32 } from "@tubelet/core/checksum"
import { notWritten } from "@tubelet/core/files"
import {
  type IndexLine,
  indexFile,
  readIndex,
  type StoredClip,
  shardFile,
} from "../cache/format.js"

/** Opens a cache's folder for appending clips. A new shard starts after `shardBytes`. */
export async function openShards(folder: string, shardBytes: number): Promise<ShardWriter> {
  const path = indexFile(folder)
  // A writer that was killed may have left half a line. Otherwise the index is left alone: another
  // writer may be appending to it.
  const { bytes, isTorn } = await readIndex(folder)
  if (isTorn) await truncate(path, bytes)
  const shards = (await readdir(folder)).flatMap((name) => /^shard-(\d+)\.bin$/.exec(name) ?? [])
  const numbers = shards.map(Number).filter(Number.isInteger)
  const index = await open(path, "a")
  return new ShardWriter(folder, shardBytes, index, Math.max(-1, ...numbers))
}

/**
 * Appends clips to a cache. A clip's index line is written after its bytes, and no two writers
 * share a shard, so every listed clip is complete, no matter how a writer ends.
 */
export class ShardWriter {
  readonly #folder: string
  readonly #shardBytes: number
  readonly #index: FileHandle
  #number: number
  #shard: FileHandle | undefined
  #offset = 0

  constructor(folder: string, shardBytes: number, index: FileHandle, number: number) {
    this.#folder = folder
    this.#shardBytes = shardBytes
    this.#index = index
    this.#number = number
  }

  async addClip(
    clip: Uint8Array,
    facts: Omit<StoredClip, "shard" | "offset" | "crc32">,
  ): Promise<void> {
    if (!this.#shard || this.#offset >= this.#shardBytes) await this.#nextShard()
    const [shard, offset] = [this.#number, this.#offset]
    await this.#write(this.#shard!, clip, offset)
    this.#offset += clip.length
    await this.addLine({ ...facts, shard, offset, crc32: crc32(clip) })
  }

  async addLine(line: IndexLine): Promise<void> {
    await this.#write(this.#index, Buffer.from(`${JSON.stringify(line)}\n`))
  }

  /** Flushes everything to disk. */
  async close(): Promise<void> {
    await this.#endShard()
    await this.#index.sync()
    await this.#index.close()
  }

  async #nextShard(): Promise<void> {
    await this.#endShard()
    this.#offset = 0
    while (!this.#shard) {
      this.#number++
      // Exclusive: two writers in one folder must not write to the same shard.
      this.#shard = await open(shardFile(this.#folder, this.#number), "wx").catch(unlessTaken)
    }
  }

  async #endShard(): Promise<void> {
    await this.#shard?.sync()
    await this.#shard?.close()
    this.#shard = undefined
  }

  async #write(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
    const before = (await file.stat()).size
    let done = 0
    try {
      while (done < bytes.length) {
        const at = position === undefined ? null : position + done
        done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten
      }
    } catch (cause) {
      await file.truncate(before)
      throw await notWritten(
        this.#folder,
        cause as Error,
        "the clips so far are usable; free some space and write the cache again to resume",
      )
    }
  }
}

function unlessTaken(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EEXIST") throw error
}
