import { TubeletError } from "@tubelet/core"
import type { DecodedFacts } from "../cache/decode.js"
import type { Target, Task } from "./task.js"

/** Somebody who does tasks for this process, one after another. Once dead it stays dead. */
export interface Helper {
  readonly alive: boolean
  readonly pid?: number | undefined
  /** Rejects with LostHelper where it dies, or as the clip is bad. */
  run(task: Task, target: Target): Promise<DecodedFacts | undefined>
  /** Ends it; a clip in the making is lost. */
  die(why: string): void
}

/** The helper died: nothing is known about the clip itself. */
export class LostHelper extends Error {}

/** The helper died before it could do anything. */
export class FailedStart extends TubeletError {}
