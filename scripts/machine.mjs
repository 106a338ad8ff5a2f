// Says what this machine lacks for some of the tests, and how to get it.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { root } from "./setup.mjs"

const fixtures = process.env.TUBELET_FIXTURES ?? join(root, "..", "shared", "fixtures")
const lacks = [
  [
    existsSync(fixtures),
    `the authors' golden numbers (${fixtures}): without them the sets that ship with the project are used; set TUBELET_FIXTURES`,
  ],
  [
    ["/usr/bin/chromium", "/usr/bin/google-chrome"].some(existsSync),
    "Chromium: the tests in a browser are left out; apt-get install chromium",
  ],
].filter(([present]) => !present)

for (const [, text] of lacks) console.log(`Not on this machine: ${text}`)
