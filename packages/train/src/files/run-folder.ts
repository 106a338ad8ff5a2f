import { join } from "node:path"
import { takeLock } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { exists, isOwnRecord, makeFolder, removeFolders } from "@tubelet/core/files"
import type { RunStore } from "../run/store.js"
import {
  checkpointNames,
  latestCheckpoint,
  removeCheckpoint,
  replaceJson,
  writeCheckpointFolder,
} from "./checkpoints.js"
import { MetricsLog } from "./metrics-log.js"
import { removeScratch } from "./scratch.js"

export interface RunFolderOptions {
  /** Whether to continue the run in the folder; otherwise a folder with checkpoints is refused. */
  readonly resume?: boolean
  /** Checkpoints to keep, 0 for all. Default: 3. */
  readonly keep?: number
}

/**
 * A run's results in a folder: config.json, metrics.jsonl and checkpoints. One process at a time
 * writes there.
 */
export async function openRunFolder(
  folder: string,
  { resume = false, keep = 3 }: RunFolderOptions = {},
): Promise<RunStore> {
  const made = await makeFolder(folder)
  const unlock = await takeLock(join(folder, ".lock")).catch(async (error) => {
    await removeFolders(made)
    throw error
  })
  try {
    if (!resume) await requireNoRun(folder)
    await requireOwnFiles(folder)
    await removeScratch(folder)
  } catch (error) {
    await unlock()
    throw error
  }
  let log: MetricsLog | undefined
  let config: unknown

  return {
    latest: (onNotice) => latestCheckpoint(folder, onNotice),
    async begin(resolved, step) {
      config = resolved
      await replaceJson(join(folder, "config.json"), config)
      await log?.close()
      log = await MetricsLog.open(join(folder, "metrics.jsonl"), step)
    },
    async log(metrics) {
      await log?.append(metrics)
    },
    async save(snapshot) {
      const name = await writeCheckpointFolder(folder, snapshot, config)
      await log?.sync()
      const names = keep > 0 ? (await checkpointNames(folder)).slice(0, -keep) : []
      for (const old of names) await removeCheckpoint(folder, old)
      return join(folder, name)
    },
    async close() {
      try {
        await log?.close()
      } finally {
        await unlock()
      }
      await removeFolders(made) // Of a start that failed; one that holds anything stays.
    },
  }
}

async function requireNoRun(folder: string): Promise<void> {
  const last = (await checkpointNames(folder)).at(-1)
  if (last === undefined) return
  throw new TubeletError(
    `${folder} already holds a run (${last})`,
    "pass `resume: true` to continue it, or choose another folder",
    { code: "RUN_EXISTS" },
  )
}

/**
 * A run replaces config.json and metrics.jsonl, but only those of another run. One that was killed
 * before its first checkpoint left the first, or both.
 */
async function requireOwnFiles(folder: string): Promise<void> {
  if ((await checkpointNames(folder)).length > 0) return
  const [config, metrics] = ["config.json", "metrics.jsonl"].map((name) => join(folder, name))
  const [configured, logged] = [await exists(config), await exists(metrics)]
  if (configured ? logged || (await isOwnRecord(config, ["model", "steps"])) : !logged) return
  throw new TubeletError(
    `${configured ? config : metrics} already exists, and no run wrote it`,
    "choose another folder",
  )
}
