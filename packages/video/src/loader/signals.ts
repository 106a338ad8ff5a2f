/**
 * Ctrl-C, a closed terminal and polite kills reach the whole process group: when its children end
 * is for the parent to decide, as it may be finishing its work. They end with it.
 */
export function outliveSignals(): void {
  for (const name of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const) process.on(name, () => {})
}
