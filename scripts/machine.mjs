// Says what this machine lacks for some of the tests, and how to get it.
import { existsSync } from "node:fs"
import { chromium } from "./chromium.mjs"
import { deno } from "./deno.mjs"
import { firefox } from "./firefox.mjs"
import { fixtures } from "./golden-sets.mjs"
import { smallDisks } from "./small-disk.mjs"
import { lavapipe, vulkan } from "./vulkan.mjs"

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
  !smallDisks &&
    "the right to mount a disk in memory: the tests on a full disk are left out; " +
      "run them on Linux as root, or with sudo that asks for no password",
  !deno() &&
    "Deno: the tests in it are left out; the package deno has programs for x64 and arm64 of " +
      "Linux with glibc, macOS and Windows",
  !firefox() &&
    "Firefox: the tests in it are left out; apt-get install firefox-esr, or FIREFOX_PATH=PROGRAM",
  !lavapipe() &&
    "a driver for WebGPU in Deno and Firefox: the tests in them are left out; " +
      "apt-get install mesa-vulkan-drivers, or VK_DRIVER_FILES=FILE for another driver's manifest",
].filter(Boolean)

for (const what of lacking) console.log(`This machine lacks ${what}`)
