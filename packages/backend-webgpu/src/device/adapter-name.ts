/** What implementations reveal about an adapter: all, some or none of it. */
export type AdapterInfo = Partial<
  Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description" | "isFallbackAdapter">
>

/** PCI ids, which mean nothing to people: decimal in wgpu, hexadecimal in Chrome. */
export const withoutId = (text = ""): string => text.replace(/^(0x[\da-f]+|\d+)$/, "")

/**
 * A human-readable name for an adapter: `device` in Dawn, `description` in wgpu and in Chrome with
 * its developer flag, else vendor and architecture. Firefox hides them all.
 */
export function adapterName(info: AdapterInfo = {}): string {
  const { vendor, architecture = "", device, description, isFallbackAdapter } = info
  const reported =
    withoutId(device) || withoutId(description) || `${withoutId(vendor)} ${architecture}`.trim()
  // "swiftshader-device-subzero-", "google swiftshader", "SwiftShader Device (Subzero)".
  const name = /swiftshader/i.test(reported) ? "SwiftShader" : reported
  if (!isFallbackAdapter) return name || "an unnamed GPU"
  // Versions follow in parentheses: "llvmpipe (LLVM 15.0.6, 256 bits)".
  return name ? `${name.replace(/ \(.*/, "")} (software)` : "an unnamed software renderer"
}
