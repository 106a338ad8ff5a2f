const everySeconds = 30

/**
 * Reports work that takes longer than half a minute: every half minute, and at its end. The lines
 * go straight to stderr, because the test runner holds back the output of a test until it ends.
 */
export function progress(name: string, total: number): (done: number, state: string) => void {
  const start = performance.now()
  let last = start
  return (done, state) => {
    const now = performance.now()
    const isLast = done === total && now - start > 1000 * everySeconds
    if (now - last < 1000 * everySeconds && !isLast) return
    last = now
    const seconds = (now - start) / 1000
    const rate = done / seconds
    const left = isLast ? `in ${seconds.toFixed(0)} s` : `${minutes((total - done) / rate)} left`
    const counts = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} inputs`
    process.stderr.write(`${name}: ${counts}, ${rate.toFixed(0)} a second, ${left}, ${state}\n`)
  }
}

const minutes = (seconds: number) => `${Math.ceil(seconds / 60)} min`
