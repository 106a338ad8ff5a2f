import { TubeletError } from "@tubelet/core"
import type { Facts, Target, Task } from "./task.js"

/** Runs one task at a time outside this thread. Once dead it stays dead. */
export interface PoolWorker {
  readonly alive: boolean
  readonly pid?: number | undefined
  /** Rejects with WorkerDied if the worker dies, or with the clip's own error. */
  run(task: Task, target: Target): Promise<Facts>
  /** Ends the worker; the task in progress is lost. */
  die(why: string): void
}

/** The worker died, which says nothing about the clip. */
export class WorkerDied extends Error {}

/** The worker died before it could run anything. */
export class FailedStart extends TubeletError {}

/** The task took too long. */
export class TimedOut extends Error {}
