import { standIns } from "./matrix.js"

/** A stream's pixel format and colour tags, under FFmpeg's names. */
export interface PixelFacts {
  readonly width: number
  readonly height: number
  readonly pix_fmt?: string
  readonly color_range?: string
  readonly color_space?: string
  readonly chroma_location?: string
}

const yuv = /^(yuv|yuyv|uyvy|yvyu|uyyv|nv\d|p[024]\d\d|y2\d\d|xv|vuy|ayuv)/
/** Pixel formats with vertically subsampled chroma. */
const fewerChromaRows = /^(yuvj?a?4[124]0p|nv12|nv21)/
/** For an even height, FFmpeg has a special converter for these, the same in all versions. */
const plain420 = /^yuv[aj]?420p$/

/**
 * ffmpeg filters that produce the same RGB as `RgbConverter`, byte for byte, except for a few
 * values per thousand at odd sizes (by at most 3). By default, versions of ffmpeg differ in how
 * they treat colour tags, chroma siting and chroma interpolation.
 */
export function rgbFilters(pixels: PixelFacts): string {
  const { width, height, pix_fmt = "", color_space = "" } = pixels
  const tags = ["color_primaries=unknown", "color_trc=unknown"]
  const toRgb = { w: width, h: height, flags: "bilinear" }
  if (!yuv.test(pix_fmt)) {
    // Grey and RGB are full range and have no matrix, whatever the tags say.
    return `setparams=${[...tags, "colorspace=unknown", "range=unknown"].join(":")},${scale(toRgb)}`
  }
  if (standIns[color_space]) tags.push(`colorspace=${standIns[color_space]}`)
  const setParams = `setparams=${tags.join(":")}`
  if (plain420.test(pix_fmt) && height % 2 === 0) return `${setParams},${scale(toRgb)}`
  const site = siteOf(pixels)
  if (!fewerChromaRows.test(pix_fmt)) {
    return `${setParams},${scale({ ...toRgb, in_h_chr_pos: site.across })}`
  }
  // Before version 8, the conversion to RGB repeats or averages rows of chroma instead of
  // interpolating them. So an earlier step interpolates, and also centres the chroma siting; at an
  // odd width, the last step does that.
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

/** The scale filter with the options that are set. Interlaced fields are converted separately. */
function scale(options: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return `scale=interl=-1:${given.map(([name, value]) => `${name}=${value}`).join(":")}`
}

function rangeOf({ pix_fmt = "", color_range }: PixelFacts) {
  const range = color_range === "pc" || pix_fmt.startsWith("yuvj") ? "pc" : "tv"
  return { in_range: range, out_range: range }
}

/** Chroma siting in 1/256 of a pixel across and down; undefined if centred. */
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
