/** Runs jobs ahead of the consumer, at most `ahead` more than it took, and yields in order. */
export async function* inOrder<J, R>(
  jobs: readonly J[],
  run: (job: J) => Promise<R>,
  ahead: number,
): AsyncGenerator<R> {
  const queue: Promise<R>[] = []
  let asked = 0
  for (let taken = 0; taken < jobs.length; taken++) {
    for (; asked < jobs.length && queue.length <= ahead; asked++) {
      const running = run(jobs[asked])
      // Not unhandled: the consumer sees the failure if it gets to this job.
      running.catch(() => {})
      queue.push(running)
    }
    yield await queue.shift()!
  }
}
