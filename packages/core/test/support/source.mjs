// Imports the sources of this package in a process that a test starts.
import { fileURLToPath } from "node:url"
import { createJiti } from "jiti"

const jiti = createJiti(import.meta.url)

export const load = (path) =>
  jiti.import(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)))
