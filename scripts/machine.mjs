// Lists the tests that this machine cannot run, and what to install for them.
import { existsSync } from "node:fs"
import { chromium } from "./chromium.mjs"
import { deno } from "./deno.mjs"
import { firefox } from "./firefox.mjs"
import { fixtures } from "./golden-sets.mjs"
import { smallDisks } from "./small-disk.mjs"
import { lavapipe, vulkan } from "./vulkan.mjs"

const lacking = [
  !existsSync(fixtures) &&
    `most golden sets, which belong in ${fixtures}: only those in the repository are tested; ` +
      "set TUBELET_FIXTURES=FOLDER if they are elsewhere",
  !chromium() && "tests in Chromium: run apt-get install chromium, or set CHROMIUM_PATH=PROGRAM",
  !vulkan() &&
    "tests on WebGPU in Node, which need a Vulkan driver: run apt-get install chromium, which " +
      "includes SwiftShader, or set VK_DRIVER_FILES to the manifest of another driver",
  !smallDisks &&
    "tests on a full disk, which mount one in memory: run them on Linux, as root or with sudo " +
      "that needs no password",
  !deno() &&
    "tests in Deno: the deno package supports macOS, Windows and Linux with glibc, x64 and arm64",
  !firefox() && "tests in Firefox: run apt-get install firefox-esr, or set FIREFOX_PATH=PROGRAM",
  !lavapipe() &&
    "tests on WebGPU in Deno and Firefox, which need a Vulkan driver: run apt-get install " +
      "mesa-vulkan-drivers, or set VK_DRIVER_FILES to the manifest of another driver",
].filter(Boolean)

for (const what of lacking) console.log(`Not run here: ${what}`)
