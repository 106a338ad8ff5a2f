/** What implementations tell of an adapter, some of it or nothing. */
export type AdapterInfo = Partial<
  Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description" | "isFallbackAdapter">
>

/** An id in PCI's list, which says nothing to people: decimal in wgpu, hexadecimal in Chrome. */
const isId = (text: string): boolean => /^(0x[\da-f]+|\d+)$/i.test(text)

export const withoutId = (text = ""): string => (isId(text) ? "" : text)

/**
 * What people call an adapter: `device` in Dawn, `description` in wgpu and in Chrome with its
 * developers' flag, else vendor and architecture; Firefox hides them all.
 */
export function adapterName(info: AdapterInfo = {}): string {
  const [vendor, architecture, device, description] = [
    info.vendor,
    info.architecture,
    info.device,
    info.description,
  ].map(withoutId)
  const told = device || description || `${vendor} ${architecture}`.trim()
  if (!info.isFallbackAdapter) return told || "a GPU whose name is hidden"
  // "swiftshader-device-subzero-", "google swiftshader", "SwiftShader Device (Subzero)".
  if (/swiftshader/i.test(told + architecture)) return "SwiftShader (software)"
  // Behind it stand versions: "llvmpipe (LLVM 15.0.6, 256 bits)".
  return told ? `${told.replace(/ \(.*$/, "")} (software)` : "software whose name is hidden"
}
