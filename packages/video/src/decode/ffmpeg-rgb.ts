import { standIns } from "./matrix.js"

/** How a stream's pixels are stored, in FFmpeg's names. */
export interface PixelFacts {
  readonly width: number
  readonly height: number
  readonly pix_fmt?: string
  readonly color_range?: string
  readonly color_space?: string
  readonly chroma_location?: string
}

const yuv = /^(yuv|yuyv|uyvy|yvyu|uyyv|nv\d|p[024]\d\d|y2\d\d|xv|vuy|ayuv)/
/** Formats whose chroma has fewer rows than luma. */
const fewerChromaRows = /^(yuvj?a?4[124]0p|nv12|nv21)/
/** FFmpeg converts these in one step of its own, the same in all versions, for an even height. */
const plain420 = /^yuv[aj]?420p$/

/**
 * The filters of ffmpeg that make the RGB of `RgbConverter`: byte for byte, but for a few values of
 * a thousand in pictures of an odd size (by at most 3). Left alone, versions of ffmpeg differ in
 * what a tag makes them convert, where chroma sits, and how they interpolate it.
 */
export function rgbFilters(pixels: PixelFacts): string {
  const { width, height, pix_fmt = "", color_space = "" } = pixels
  const tags = ["color_primaries=unknown", "color_trc=unknown"]
  const toRgb = { w: width, h: height, flags: "bilinear" }
  if (!yuv.test(pix_fmt)) {
    // Grey and RGB are full-range and have no matrix, whatever the tags say.
    return `setparams=${[...tags, "colorspace=unknown", "range=unknown"].join(":")},${scale(toRgb)}`
  }
  if (standIns[color_space]) tags.push(`colorspace=${standIns[color_space]}`)
  const setParams = `setparams=${tags.join(":")}`
  if (plain420.test(pix_fmt) && height % 2 === 0) return `${setParams},${scale(toRgb)}`
  const site = siteOf(pixels)
  if (!fewerChromaRows.test(pix_fmt)) {
    return `${setParams},${scale({ ...toRgb, in_h_chr_pos: site.across })}`
  }
  // Before version 8 the step to RGB repeats rows of chroma or halves two, where it should weigh
  // them. So a step before it does, which moves chroma to the middle of its pixels, too; but pixels
  // of an odd width get theirs one by one, in the last step.
  const isEven = width % 2 === 0
  const moved = site.across === undefined ? undefined : 128
  const [first, last] = isEven
    ? [{ in_h_chr_pos: site.across, out_h_chr_pos: moved }, moved]
    : [{}, site.across]
  const weighed = scale({
    ...{ flags: "bilinear+accurate_rnd", sws_dither: "none", ...rangeOf(pixels) },
    ...{ in_v_chr_pos: site.down, ...first },
  })
  const between = isEven && /p$|^nv/.test(pix_fmt) ? "yuv422p" : "yuv422p16"
  const rgb = scale({ ...toRgb, flags: "bilinear+accurate_rnd", in_h_chr_pos: last })
  return `${setParams},${weighed},format=${between},${rgb}`
}

/** The filter, with the options that are set. Fields of interlaced frames are converted apart. */
function scale(options: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return `scale=interl=-1:${given.map(([name, value]) => `${name}=${value}`).join(":")}`
}

function rangeOf({ pix_fmt = "", color_range }: PixelFacts) {
  const range = color_range === "pc" || pix_fmt.startsWith("yuvj") ? "pc" : "tv"
  return { in_range: range, out_range: range }
}

/** Where chroma sits, in 1/256 of a pixel to the right and down, where it is not in the middle. */
function siteOf({ chroma_location = "", pix_fmt = "" }: PixelFacts) {
  const isHalfWide = !/^(yuvj?a?44|nv24|nv42|p4)/.test(pix_fmt)
  return {
    across: isHalfWide && /left$/.test(chroma_location) ? 0 : undefined,
    down: chroma_location.startsWith("top")
      ? 0
      : chroma_location.startsWith("bottom")
        ? 256
        : undefined,
  }
}
