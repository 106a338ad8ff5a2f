/**
 * A progress line for slow work. A terminal shows the seconds, a log file only the start and the
 * end. It goes to stderr, because stdout belongs to the task.
 */
export function progressLine(title) {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const draw = (end = "") => process.stderr.write(`\r${title} ... ${seconds()} s${end}`)
  const timer = process.stderr.isTTY ? setInterval(draw, 1000) : undefined
  if (!timer) process.stderr.write(`${title} ...\n`)

  return function end(result) {
    clearInterval(timer)
    if (timer) draw(`, ${result}\n`)
    else process.stderr.write(`${title}: ${result} after ${seconds()} s\n`)
  }
}
