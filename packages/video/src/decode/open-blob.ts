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
 * Opens a video that a page holds, such as a file dropped on it: its container is read here, its
 * frames are decoded by the browser (WebCodecs).
 *
 * @throws MediaError naming the file: not a video, damaged, or of a codec that the browser lacks.
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
    throw new MediaError(path, problem, "Check that the file is whole.", { cause })
  }
}

async function decodableTrack(path: string, input: Input): Promise<InputVideoTrack> {
  if (!(await input.canRead())) {
    throw new MediaError(path, "is no video that a page reads", "Give MP4, MOV, WebM, MKV or TS.")
  }
  const track = await input.getPrimaryVideoTrack()
  if (!track) throw new MediaError(path, "holds no video", "Give a file with pictures in it.")
  if (await track.canDecode()) return track
  throw new MediaError(
    path,
    `this browser has no decoder for its codec, ${(await track.getCodec()) ?? "an unknown one"}`,
    "Convert the file to H.264, VP9 or AV1.",
  )
}

/** FFmpeg's names, which Node has. */
const codecNames: Readonly<Record<string, string>> = { avc: "h264" }

async function factsOf(path: string, track: InputVideoTrack) {
  const stored = [await track.getCodedWidth(), await track.getCodedHeight()] as const
  const rotation = await track.getRotation()
  const [width, height] = rotation % 180 === 0 ? stored : [stored[1], stored[0]]
  checkSize({ path, width, height })
  const times = await timesOnShow(track)
  if (times.length === 0) throw new MediaError(path, "holds no frame", "Copy the file again.")
  const duration = (await track.computeDuration()) - times[0]
  const codec = (await track.getCodec()) ?? "unknown"
  return {
    ...{ path, width, height, rotation, duration, times },
    frameRate: times.length / duration,
    codec: codecNames[codec] ?? codec,
    tickSeconds: 1 / (await track.getTimeResolution()),
  }
}

/** When frames go on show, ascending. Those before 0 an edit list cuts off. */
async function timesOnShow(track: InputVideoTrack): Promise<Float64Array> {
  const times: number[] = []
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })
  for await (const { timestamp } of packets) if (timestamp >= 0) times.push(timestamp)
  return Float64Array.from(times).sort()
}
