// Checks with the tools that know the rules of npm and TypeScript.
import { probe } from "../programs.mjs"

export async function problemsOfStandards({ file, content }) {
  const types = ["--profile", "esm-only", "--format", "ascii", "--no-emoji"]
  const checks = await Promise.all([
    probe("publint", ["run", file, "--strict"], { folder: content }),
    probe("attw", [file, ...types], { folder: content }),
  ])
  return checks.filter(({ well }) => !well).map(({ output }) => output)
}
