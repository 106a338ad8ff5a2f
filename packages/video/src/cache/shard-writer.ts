import { type FileHandle, open, readdir, truncate } from "node:fs/promises"
import { crc32 } from "@tubelet/core/checksum"
import { notWritten } from "@tubelet/core/files"
import { type IndexLine, indexFile, readIndex, type StoredClip, shardFile } from "./format.js"

/**
 * Appends clips to a cache. A line of the index follows the clip's bytes, and each writer has
 * shards of its own, so whatever ends it, all that the index lists is whole.
 */
export class ShardWriter {
  private shard: FileHandle | undefined
  private offset = 0

  private constructor(
    private readonly folder: string,
    private readonly shardBytes: number,
    private readonly index: FileHandle,
    private number: number,
  ) {}

  static async open(folder: string, shardBytes: number): Promise<ShardWriter> {
    const path = indexFile(folder)
    const index = await open(path, "a")
    // A writer that was killed may have left a line without its end.
    await truncate(path, (await readIndex(folder)).bytes)
    const shards = (await readdir(folder)).flatMap((name) => /^shard-(\d+)\.bin$/.exec(name) ?? [])
    const numbers = shards.map(Number).filter(Number.isInteger)
    return new ShardWriter(folder, shardBytes, index, Math.max(-1, ...numbers))
  }

  async addClip(
    clip: Uint8Array,
    facts: Omit<StoredClip, "shard" | "offset" | "crc32">,
  ): Promise<void> {
    if (!this.shard || this.offset >= this.shardBytes) await this.nextShard()
    const [shard, offset] = [this.number, this.offset]
    await this.write(this.shard!, clip, offset)
    this.offset += clip.length
    await this.addLine({ ...facts, shard, offset, crc32: crc32(clip) })
  }

  async addLine(line: IndexLine): Promise<void> {
    await this.write(this.index, Buffer.from(`${JSON.stringify(line)}\n`))
  }

  /** Ends with everything on the disk. */
  async close(): Promise<void> {
    await this.endShard()
    await this.index.sync()
    await this.index.close()
  }

  private async nextShard(): Promise<void> {
    await this.endShard()
    this.offset = 0
    while (!this.shard) {
      this.number++
      // Exclusive: a second writer in the same folder must not write into the same shard.
      this.shard = await open(shardFile(this.folder, this.number), "wx").catch(unlessTaken)
    }
  }

  private async endShard(): Promise<void> {
    await this.shard?.sync()
    await this.shard?.close()
    this.shard = undefined
  }

  private async write(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
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
        this.folder,
        cause as Error,
        "The clips so far are whole and can be used. Free some space and run the command again: " +
          "it goes on from there.",
      )
    }
  }
}

function unlessTaken(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EEXIST") throw error
}
