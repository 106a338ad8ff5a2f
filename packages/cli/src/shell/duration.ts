/** `2 h 05 min`, `3 min 20 s`, `12 s`, `3.4 s` */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 10) return `${seconds.toPrecision(2)} s`
  const s = Math.round(seconds)
  const two = (n: number) => String(n).padStart(2, "0")
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`
  return s >= 60 ? `${Math.floor(s / 60)} min ${two(s % 60)} s` : `${s} s`
}
