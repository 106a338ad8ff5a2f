// Says what is running and how long the study will take.
import { nameOf } from "./context.mjs"
import { expectedSeconds } from "./units.mjs"

const say = (text) => process.stderr.write(`${text}\n`)

/** Follows units; their expected seconds are scaled by what the finished ones took. */
export function watching(units, context, { jobs, onDone }) {
  const began = new Map()
  const left = new Set(units)
  const expected = (unit) => expectedSeconds(unit, context)
  let [seen, predicted] = [0, 0]
  const remaining = () => {
    const rest = [...left].reduce((sum, unit) => sum + expected(unit), 0)
    return ((predicted > 0 ? seen / predicted : 1) * rest) / jobs
  }
  return {
    started(unit) {
      began.set(unit, Date.now())
      say(`${nameOf(unit)} ...`)
    },
    stepped(unit, { task, step, steps, loss }) {
      if (!process.stderr.isTTY) return
      const where = `${task} ${step}/${steps}, loss ${loss.toFixed(3)}`
      process.stderr.write(`\r\x1b[K${nameOf(unit)}: ${where}, ${duration(remaining())} left\r`)
    },
    async ended(unit, error) {
      const seconds = (Date.now() - began.get(unit)) / 1000
      left.delete(unit)
      if (error) return say(`${nameOf(unit)} failed:\n${error}`)
      seen += seconds
      predicted += expected(unit)
      say(`${nameOf(unit)}: done after ${duration(seconds)}; about ${duration(remaining())} left`)
      await onDone(unit)
    },
  }
}

/** As "1 h 5 min", "12 min" or "40 s". */
export function duration(seconds) {
  if (seconds < 100) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
