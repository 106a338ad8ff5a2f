// Says what this machine lacks for some of the tests, and how to get it.
import { existsSync } from "node:fs"
import { chromium } from "./chromium.mjs"
import { fixtures } from "./golden-sets.mjs"
import { vulkan } from "./vulkan.mjs"

const lacking = [
  !existsSync(fixtures) &&
    `${fixtures}, the golden numbers: the few sets inside the project are tested; ` +
      "TUBELET_FIXTURES=FOLDER names another place",
  !chromium() &&
    "a browser: the tests that run in one are left out; " +
      "apt-get install chromium, or CHROMIUM_PATH=PROGRAM",
  !vulkan() &&
    "a driver for WebGPU in Node: the tests on a device are left out; apt-get install chromium, " +
      "which brings SwiftShader, or VK_DRIVER_FILES=FILE for another driver's manifest",
].filter(Boolean)

for (const what of lacking) console.log(`This machine lacks ${what}`)
