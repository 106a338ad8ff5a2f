import { imagenetMean, imagenetStd } from "@tubelet/models"

/** Grey pixels as RGB. */
export function rgb(grey) {
  const colours = new Uint8Array(3 * grey.length)
  for (let i = 0; i < grey.length; i++) colours.fill(grey[i], 3 * i, 3 * i + 3)
  return colours
}

/** Grey pixels as RGB, normalised by ImageNet's mean and standard deviation. */
export function normalised(grey) {
  const colours = new Float32Array(3 * grey.length)
  for (let i = 0; i < colours.length; i++) {
    const c = i % 3
    colours[i] = (grey[Math.floor(i / 3)] / 255 - imagenetMean[c]) / imagenetStd[c]
  }
  return colours
}
