import {
  BlobSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  WEBM,
} from "mediabunny"
import { MediaError } from "./errors.js"
import { checkSize } from "./memory.js"
import type { Source } from "./source.js"
import { TrackSource } from "./track-source.js"

const formats = [MP4, QTFF, WEBM, MATROSKA, MPEG_TS]

/**
 * Opens a video in a page, such as a dropped file. The browser decodes its frames (WebCodecs).
 *
 * @throws MediaError naming the file if it is not a video, is damaged, or has an unsupported codec.
 */
export async function openBlob(blob: Blob): Promise<Source> {
  const path = blob instanceof File ? blob.name : "the video"
  const input = new Input({ source: new BlobSource(blob), formats })
  try {
    const track = await decodableTrack(path, input)
    return new TrackSource(await factsOf(path, track), track, () => input.dispose())
  } catch (cause) {
    input.dispose()
    if (cause instanceof MediaError) throw cause
    const problem = `not readable as a video: ${(cause as Error).message.split("\n")[0]}`
    throw new MediaError(path, problem, "check that the file is complete", { cause })
  }
}

async function decodableTrack(path: string, input: Input): Promise<InputVideoTrack> {
  if (!(await input.canRead())) {
    throw new MediaError(path, "is not a supported video", "use MP4, MOV, WebM, MKV or TS")
  }
  const track = await input.getPrimaryVideoTrack()
  if (!track) throw new MediaError(path, "has no video track", "choose a file with a video track")
  if (await track.canDecode()) return track
  throw new MediaError(
    path,
    `this browser has no decoder for its codec, ${(await track.getCodec()) ?? "an unknown one"}`,
    "convert the file to H.264, VP9 or AV1",
  )
}

/** FFmpeg's codec names, as in Node. */
const codecNames: Readonly<Record<string, string>> = { avc: "h264" }

async function factsOf(path: string, track: InputVideoTrack) {
  const stored = [await track.getCodedWidth(), await track.getCodedHeight()] as const
  const rotation = await track.getRotation()
  const [width, height] = rotation % 180 === 0 ? stored : [stored[1], stored[0]]
  checkSize({ path, width, height })
  const times = await timesOnShow(track)
  if (times.length === 0) throw new MediaError(path, "has no frame", "copy the file again")
  const duration = (await track.computeDuration()) - times[0]
  const codec = (await track.getCodec()) ?? "unknown"
  return {
    ...{ path, width, height, rotation, duration, times },
    frameRate: times.length / duration,
    codec: codecNames[codec] ?? codec,
    tickSeconds: 1 / (await track.getTimeResolution()),
  }
}

/** Presentation times, ascending. An edit list cuts off those before 0. */
async function timesOnShow(track: InputVideoTrack): Promise<Float64Array> {
  const times: number[] = []
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })
  for await (const { timestamp } of packets) if (timestamp >= 0) times.push(timestamp)
  return Float64Array.from(times).sort()
}
