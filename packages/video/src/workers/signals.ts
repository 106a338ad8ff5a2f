/**
 * Ignores Ctrl-C, a closed terminal and SIGTERM, which reach the whole process group. The parent
 * decides when its subprocesses end, as it may be finishing its work; they also end when it does.
 */
export function outliveSignals(): void {
  for (const name of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const) process.on(name, () => {})
}
