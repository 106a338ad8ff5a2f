import { TubeletError } from "@tubelet/core"
import { Child, LostChild } from "./child.js"
import type { ClipReader, ClipTask } from "./task.js"

/** A clip is tried this often when its process dies: that may not be the clip's fault. */
const TRIES = 2

interface Job {
  readonly task: ClipTask
  readonly into: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes clips in child processes, so that a decoder that crashes or hangs costs one clip and not
 * the run. Jobs start in the order in which they were asked for.
 */
export class ProcessPool implements ClipReader {
  private readonly jobs: Job[] = []
  private readonly children: (Child | undefined)[]
  private readonly busy: boolean[]
  private closed = false

  constructor(
    workers: number,
    private readonly timeoutSeconds: number,
  ) {
    this.children = new Array(workers).fill(undefined)
    this.busy = new Array(workers).fill(false)
  }

  /** Ids of the living processes. */
  get pids(): number[] {
    return this.children.flatMap((child) => (child?.alive && child.pid ? [child.pid] : []))
  }

  read(task: ClipTask, into: Uint8Array): Promise<void> {
    if (this.closed) return Promise.reject(closedError())
    return new Promise((resolve, reject) => {
      this.jobs.push({ task, into, resolve, reject })
      const idle = this.busy.indexOf(false)
      if (idle >= 0) void this.work(idle)
    })
  }

  close(): void {
    this.closed = true
    for (const child of this.children) child?.die("the loader was closed")
    for (const { reject } of this.jobs.splice(0)) reject(closedError())
  }

  private async work(slot: number): Promise<void> {
    this.busy[slot] = true
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) {
      await this.attempt(slot, job).then(job.resolve, job.reject)
    }
    this.busy[slot] = false
  }

  private async attempt(slot: number, { task, into }: Job): Promise<void> {
    for (let left = TRIES - 1; ; left--) {
      try {
        return await this.childAt(slot).read(task, into)
      } catch (error) {
        if (this.closed) throw closedError()
        if (!(error instanceof LostChild) || left === 0) throw error
      }
    }
  }

  private childAt(slot: number): Child {
    const child = this.children[slot]
    if (child?.alive) return child
    const fresh = new Child(this.timeoutSeconds)
    this.children[slot] = fresh
    return fresh
  }
}

const closedError = () => new TubeletError("the loader was closed")
