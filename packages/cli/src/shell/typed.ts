/**
 * A command line as this user types it: with `npx` if a package runner or a local install started
 * the command, since then it is not on the PATH.
 */
export const typed = (line: string): string => (startedLocally() ? `npx ${line}` : line)

const startedLocally = (): boolean =>
  process.env.npm_config_user_agent !== undefined ||
  /[\\/]node_modules[\\/]\.bin[\\/]/.test(process.argv[1] ?? "")
