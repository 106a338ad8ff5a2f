import { test } from "vitest"
import { webgpuBackend } from "../../src/browser.js"
import { runExample } from "../support/readme.js"

test("the README's example runs in a page", () => runExample(webgpuBackend))
