import { expect, test } from "vitest"
import { type AdapterInfo, adapterName } from "../src/device/adapter-name.js"
import { factsOf, limitNames } from "../src/device/facts.js"

const software = { isFallbackAdapter: true }
const hidden = { vendor: "", architecture: "", device: "", description: "" }

/** The facts that each implementation reveals, and the resulting name. */
const adapters: Record<string, [AdapterInfo | undefined, string]> = {
  "Dawn in Node, SwiftShader": [
    {
      ...software,
      vendor: "google",
      architecture: "swiftshader",
      device: "swiftshader-device-subzero-",
      description: "SwiftShader driver 5.0.0",
    },
    "SwiftShader (software)",
  ],
  "Dawn in Node, a GPU": [
    {
      vendor: "nvidia",
      architecture: "ampere",
      device: "nvidia-a100",
      description: "NVIDIA: 570.1",
    },
    "nvidia-a100",
  ],
  "Chrome, SwiftShader": [
    { ...hidden, ...software, vendor: "google", architecture: "swiftshader" },
    "SwiftShader (software)",
  ],
  "Chrome, a GPU": [{ ...hidden, vendor: "nvidia", architecture: "lovelace" }, "nvidia lovelace"],
  "Chrome with its developers' flag": [
    {
      vendor: "nvidia",
      architecture: "lovelace",
      device: "0x2684",
      description: "NVIDIA GeForce RTX 4090",
    },
    "NVIDIA GeForce RTX 4090",
  ],
  "Chrome on Windows without a GPU": [
    {
      ...software,
      vendor: "microsoft",
      architecture: "warp",
      device: "0x008c",
      description: "Microsoft Basic Render Driver",
    },
    "Microsoft Basic Render Driver (software)",
  ],
  "wgpu in Deno, lavapipe": [
    {
      ...hidden,
      ...software,
      vendor: "65541",
      device: "0",
      description: "llvmpipe (LLVM 15.0.6, 256 bits)",
    },
    "llvmpipe (software)",
  ],
  "wgpu in Deno, SwiftShader": [
    {
      ...hidden,
      ...software,
      vendor: "6880",
      device: "49374",
      description: "SwiftShader Device (Subzero)",
    },
    "SwiftShader (software)",
  ],
  "wgpu in Deno, a GPU": [
    { ...hidden, vendor: "4098", device: "29772", description: "AMD Radeon RX 7900 (RADV NAVI31)" },
    "AMD Radeon RX 7900 (RADV NAVI31)",
  ],
  "wgpu without a description": [{ ...hidden, vendor: "4318", device: "9861" }, "an unnamed GPU"],
  Safari: [{ ...hidden, vendor: "apple", architecture: "metal-3" }, "apple metal-3"],
  "Safari, an older one": [{ ...hidden, vendor: "apple" }, "apple"],
  "Firefox, software": [{ ...hidden, ...software }, "an unnamed software renderer"],
  "Firefox, a GPU": [{ ...hidden, isFallbackAdapter: false }, "an unnamed GPU"],
  "an implementation without adapterInfo": [undefined, "an unnamed GPU"],
}

test.each(Object.entries(adapters))("%s", (_, [info, name]) => {
  expect(adapterName(info)).toBe(name)
})

test("a numeric vendor id is not a name", () => {
  const limits = Object.fromEntries(limitNames.map((name) => [name, 1]))
  const facts = (vendor: string) =>
    factsOf({
      adapterInfo: { ...hidden, vendor },
      features: [],
      limits: limits as Parameters<typeof factsOf>[0]["limits"],
    })
  expect(facts("65541").vendor).toBe("")
  expect(facts("apple").vendor).toBe("apple")
})
