import { join } from "node:path"
import { takeLock } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { exists, isOwnRecord, makeFolder, removeFolders, writeText } from "@tubelet/core/files"
import type { RunStore } from "../run/store.js"
import { restoreBest, writeBestFolder } from "./best-folder.js"
import {
  checkpointNames,
  latestCheckpoint,
  removeCheckpoint,
  replaceJson,
  writeCheckpointFolder,
} from "./checkpoints.js"
import { EpochTable, epochsFile } from "./epoch-table.js"
import { EventLog } from "./event-log.js"
import { labelsFile, labelsText } from "./labels.js"
import { loggedUpTo, MetricsLog } from "./metrics-log.js"
import { bestName } from "./names.js"
import { removeScratch } from "./scratch.js"

export interface RunFolderOptions {
  /** Continues the run in the folder; otherwise a folder with checkpoints is rejected. */
  readonly resume?: boolean
  /** Checkpoints to keep; 0 keeps all. Default: 3. */
  readonly keep?: number
  /** The names of the classes, by label, for labels.json. */
  readonly classes?: readonly string[]
  /** Also writes the metrics as an event file of TensorBoard. */
  readonly log?: "tensorboard"
}

/**
 * A run's results in a folder: config.json, metrics.jsonl, epochs.csv, checkpoints and the best
 * weights. Only one process at a time can write there.
 */
export async function openRunFolder(
  folder: string,
  { resume = false, keep = 3, classes, log: format }: RunFolderOptions = {},
): Promise<RunStore> {
  const made = await makeFolder(folder)
  const unlock = await takeLock(join(folder, ".lock")).catch(async (error) => {
    await removeFolders(made)
    throw error
  })
  try {
    await restoreBest(folder)
    if (!resume) await requireNoRun(folder)
    await requireOwnFiles(folder)
    await removeScratch(folder)
  } catch (error) {
    await unlock()
    throw error
  }
  const metricsFile = join(folder, "metrics.jsonl")
  let log: MetricsLog | undefined
  let events: EventLog | undefined
  let epochs = new EpochTable()
  const writeEpochs = () => writeText(join(folder, epochsFile), epochs.text())
  let config: unknown

  return {
    async latest(onNotice) {
      const stored = await latestCheckpoint(folder, onNotice)
      if (!stored) return undefined
      const { step } = stored.state
      const logged = await loggedUpTo(metricsFile, step)
      const metrics = logged.at(-1)?.step === step ? logged.at(-1) : undefined
      const scored = logged.filter(({ scores }) => scores)
      return { ...stored, scored, ...(metrics && { metrics }) }
    },
    async begin(resolved, step) {
      config = resolved
      await replaceJson(join(folder, "config.json"), config)
      if (classes) await writeText(join(folder, labelsFile), labelsText(classes))
      await log?.close()
      const opened = await MetricsLog.open(metricsFile, step)
      const { logged } = opened
      log = opened.log
      epochs = new EpochTable()
      for (const metrics of logged) epochs.add(metrics)
      await events?.close()
      if (format === "tensorboard") events = await EventLog.open(folder, logged)
    },
    async log(metrics) {
      await log?.append(metrics)
      await events?.append(metrics)
      epochs.add(metrics)
      if (metrics.scores) await writeEpochs()
    },
    async save(snapshot) {
      const name = await writeCheckpointFolder(folder, snapshot, config)
      await log?.sync()
      await events?.sync()
      await writeEpochs()
      const names = keep > 0 ? (await checkpointNames(folder)).slice(0, -keep) : []
      for (const old of names) await removeCheckpoint(folder, old)
      return join(folder, name)
    },
    async saveBest(best) {
      await writeBestFolder(folder, best, { config, ...(classes && { classes }) })
    },
    async close() {
      try {
        await log?.close()
        await events?.close()
      } finally {
        await unlock()
      }
      await removeFolders(made) // After a failed start; folders with contents stay.
    },
  }
}

async function requireNoRun(folder: string): Promise<void> {
  const best = (await exists(join(folder, bestName))) ? bestName : undefined
  const last = (await checkpointNames(folder)).at(-1) ?? best
  if (last === undefined) return
  throw new TubeletError(
    `${folder} already contains a run (${last})`,
    "pass `resume: true` to continue it, or choose another folder",
    { code: "RUN_EXISTS" },
  )
}

/**
 * A run replaces config.json, metrics.jsonl and epochs.csv, but only if a run wrote them. A run
 * killed before its first checkpoint leaves the first, or more.
 */
async function requireOwnFiles(folder: string): Promise<void> {
  if ((await checkpointNames(folder)).length > 0) return
  const files = ["config.json", "metrics.jsonl", epochsFile].map((name) => join(folder, name))
  const there = await Promise.all(files.map(exists))
  const [configured, logged] = there
  if (configured && (logged || (await isOwnRecord(files[0], ["model", "steps"])))) return
  if (!there.includes(true)) return
  throw new TubeletError(
    `${files[there.indexOf(true)]} already exists and was not written by a run`,
    "choose another folder",
  )
}
