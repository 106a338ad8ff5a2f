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
import { loggedStep, MetricsLog } from "./metrics-log.js"
import { removeScratch } from "./scratch.js"

export interface RunFolderOptions {
  /** Continues the run in the folder; otherwise a folder with checkpoints is rejected. */
  readonly resume?: boolean
  /** Checkpoints to keep; 0 keeps all. Default: 3. */
  readonly keep?: number
}

/**
 * A run's results in a folder: config.json, metrics.jsonl and checkpoints. Only one process at a
 * time can write there.
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
  const metricsFile = join(folder, "metrics.jsonl")
  let log: MetricsLog | undefined
  let config: unknown

  return {
    async latest(onNotice) {
      const stored = await latestCheckpoint(folder, onNotice)
      const metrics = stored && (await loggedStep(metricsFile, stored.state.step))
      return stored && { ...stored, ...(metrics && { metrics }) }
    },
    async begin(resolved, step) {
      config = resolved
      await replaceJson(join(folder, "config.json"), config)
      await log?.close()
      log = await MetricsLog.open(metricsFile, step)
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
      await removeFolders(made) // After a failed start; folders with contents stay.
    },
  }
}

async function requireNoRun(folder: string): Promise<void> {
  const last = (await checkpointNames(folder)).at(-1)
  if (last === undefined) return
  throw new TubeletError(
    `${folder} already contains a run (${last})`,
    "pass `resume: true` to continue it, or choose another folder",
    { code: "RUN_EXISTS" },
  )
}

/**
 * A run replaces config.json and metrics.jsonl, but only if a run wrote them. A run killed before
 * its first checkpoint leaves the first, or both.
 */
async function requireOwnFiles(folder: string): Promise<void> {
  if ((await checkpointNames(folder)).length > 0) return
  const [config, metrics] = ["config.json", "metrics.jsonl"].map((name) => join(folder, name))
  const [configured, logged] = [await exists(config), await exists(metrics)]
  if (configured ? logged || (await isOwnRecord(config, ["model", "steps"])) : !logged) return
  throw new TubeletError(
    `${configured ? config : metrics} already exists and was not written by a run`,
    "choose another folder",
  )
}
