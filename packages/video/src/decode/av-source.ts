import type { PackedFile } from "../item.js"
import { AvReader } from "./av-reader.js"
import {
  type Container,
  discardOthers,
  handsOutParts,
  openContainer,
  packetsOf,
  type Seen,
} from "./container.js"
import { Decoder } from "./decoder.js"
import { MediaError } from "./errors.js"
import type { NodeAv } from "./node-av.js"
import { readDisplayMatrix } from "./orientation.js"
import { indexPackets, type PacketIndex } from "./packet-index.js"
import { packetRate } from "./packet-rate.js"
import type { Source } from "./source.js"
import { isCutShort } from "./truncation.js"
import { type StreamFacts, VideoSource } from "./video-source.js"

/**
 * Opens a video with node-av.
 *
 * @throws MediaError if no frame can be read.
 */
export function openWithNodeAv(av: NodeAv, path: string, packed?: PackedFile): Source {
  const container = openContainer(av, path, packed)
  const decoder = startDecoder(av, container)
  try {
    const seen: Seen = { seconds: 0, turns: false }
    const isCut = isCutShort(path, packed)
    const lastIsPart = isCut && handsOutParts(container)
    const packets = indexPackets(packetsOf(av, container, seen), lastIsPart)
    const facts = factsOf(av, container, seen.seconds, isCut)
    const name = container.format.iformat?.name ?? ""
    const stored = storedMatrix(av, container)
    discardOthers(av, container)
    const matrix = stored ?? (seen.turns ? decodedMatrix(av, decoder) : null)
    const orientation = readDisplayMatrix(matrix)
    const index = packets.untimed ? indexByDecoding(decoder, packets) : packets
    if (index.pts.length === 0) throw noFrame(path)
    const averageRate = packetRate(index, facts.timeBase, name) ?? facts.averageRate
    return new VideoSource(
      { ...facts, averageRate, orientation },
      index,
      new AvReader(av, decoder, index, facts),
    )
  } catch (error) {
    decoder.close()
    throw error
  }
}

export const noFrame = (path: string) =>
  new MediaError(
    path,
    "has no readable frame",
    "the file is truncated or damaged: copy or re-encode it",
  )

function startDecoder(av: NodeAv, container: Container): Decoder {
  try {
    return new Decoder(av, container)
  } catch (error) {
    container.format.closeInputSync()
    throw error
  }
}

/** The container's display matrix. */
const storedMatrix = ({ constants }: NodeAv, { stream }: Container): Buffer | null =>
  stream.codecpar.getCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX)

/** The display matrix of the first decoded frame. */
function decodedMatrix({ constants }: NodeAv, decoder: Decoder): Buffer | null {
  decoder.rewind()
  const first = decoder.next(() => true)
  return first?.picture.getSideData(constants.AV_FRAME_DATA_DISPLAYMATRIX) ?? null
}

/** Counts frames by decoding everything, for containers without timestamps (some AVI files). */
function indexByDecoding(decoder: Decoder, packets: PacketIndex): PacketIndex {
  decoder.countFrames()
  const pts: number[] = []
  for (let frame = decoder.next(() => true); frame; frame = decoder.next(() => true)) {
    pts.push(frame.pts)
  }
  return { ...packets, pts, keys: [], corrupt: new Set() }
}

function factsOf(av: NodeAv, { path, format, stream }: Container, filled: number, isCut: boolean) {
  const { codecpar, timeBase, avgFrameRate, rFrameRate } = stream
  const facts: Omit<StreamFacts, "orientation"> = {
    path,
    codec: av.lib.avGetCodecName(codecpar.codecId) ?? "unknown",
    width: codecpar.width,
    height: codecpar.height,
    timeBase,
    averageRate: avgFrameRate,
    commonRate: rFrameRate,
    streamSeconds: Math.max(0, (Number(stream.duration) * timeBase.num) / timeBase.den),
    fileSeconds: Math.max(0, Number(format.duration) / 1e6),
    filledSeconds: filled,
    frameCount: Number(stream.nbFrames),
    isCutShort: isCut,
  }
  return facts
}
