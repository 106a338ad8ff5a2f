import { flagName } from "./flag-name.js"

/**
 * Advice on the libraries' errors that involves flags, by error code. The libraries' own advice
 * speaks of options.
 */
const advices: Readonly<Record<string, readonly string[]>> = {
  RUN_EXISTS: ["continue it with --resume, or choose another folder with --out"],
  LOSS_NOT_FINITE: [
    "set a lower --lr, or --clip-grad 1",
    "--find-nan reports the first op that yields NaN or Inf",
  ],
  MOST_CLIPS_MISSING: [
    "check the paths: in a list, they are relative to the list's folder",
    "--allow-missing continues with the other clips",
  ],
  MOST_CLIPS_BAD: ["check the data set", "--allow-missing continues with the other clips"],
  NO_SCORES: ["pass labelled clips to score with --val-data", "omit --patience"],
  TOO_MANY_OPEN_FILES: ["raise the limit (ulimit -n)", "set fewer --workers"],
  OUT_OF_MEMORY: ["set fewer --workers", "end other programs", "raise the limits (ulimit -u, -v)"],
  NO_DECODING_PROCESS: [
    "see its error message above",
    "with --workers 0, the main process decodes",
  ],
}

/** The advice on an error code, as far as it involves only these flags. */
export function adviceOn(code: string, flags: object): string | undefined {
  const names = new Set(Object.keys(flags).map(flagName))
  const known = (part: string) => (part.match(/--[a-z-]+/g) ?? []).every((flag) => names.has(flag))
  return advices[code]?.filter(known).join("; ")
}
