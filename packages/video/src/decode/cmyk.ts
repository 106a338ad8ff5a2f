/** Converts CMYK, four bytes per pixel, to RGB by subtraction without a profile, as Pillow does. */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3)
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    const light = 255 - cmyk[from + 3]
    for (let ink = 0; ink < 3; ink++) {
      rgb[to++] = light - Math.round((cmyk[from + ink] * light) / 255)
    }
  }
  return rgb
}
