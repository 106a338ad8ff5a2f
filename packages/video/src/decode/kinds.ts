import { extname } from "node:path"

const PICTURES = new Set(".jpg .jpeg .png .webp .avif .bmp .tif .tiff".split(" "))
const VIDEOS = new Set(
  ".mp4 .m4v .mov .webm .mkv .avi .gif .ts .mts .m2ts .mpg .mpeg .flv .wmv .3gp .ogv .mjpeg".split(
    " ",
  ),
)

const kindOf = (path: string) => extname(path).toLowerCase()

export const isPicture = (path: string) => PICTURES.has(kindOf(path))
export const isVideo = (path: string) => VIDEOS.has(kindOf(path))
