import { webgpuBackend } from "@tubelet/backend-webgpu"
import { clipOf, drawMask, keptCount, tube } from "@tubelet/masking"
import { presetConfig, pretrainModel, targets } from "@tubelet/models"
import { compileReconstruct, memoryClips, pretrain } from "@tubelet/train"
import * as video from "@tubelet/video"

const [frames, stride, side, ratio] = [4, 4, 64, 0.75]
const encoder = { dim: 96, depth: 3, heads: 3, mlpHidden: 384 }
const decoder = { dim: 48, depth: 1, heads: 3, mlpHidden: 192 }
const sizes = { imageSize: side, patchSize: 8, frames, encoder, decoder }
const model = pretrainModel(presetConfig("videomae-ti", sizes), { target: targets.pixels! })
const keep = keptCount(tube, { grid: model.grid, ratio })
const size = { width: side, height: side }

const canvas = (id: string) => document.getElementById(id) as HTMLCanvasElement
const say = (text: string) => document.getElementById("status")!.replaceChildren(text)
const opening = webgpuBackend()
opening.catch(({ message }) => say(message))

async function train(file: File, signal: AbortSignal) {
  say(`reading ${file.name}`)
  const backend = await opening
  const source = await video.openBlob(file)
  const clips = await video.clipsAcross(source, { frames, stride, size: side, count: 16 })
  source.close()
  const onCompile = (done: number) => say(`compiling: ${Math.round(100 * done)} %`)
  const clip = clips[0]!
  const key = { seed: 0, epoch: 0, index: 0, clip: clipOf(clip, { frames, ...size }) }
  const visible = drawMask(tube, { grid: model.grid, keep, ...key })
  const masked = video.drawMask(clip, size, model.grid, visible)
  const painter = await compileReconstruct(backend, model, { visible: keep })
  const masks = { encoder: { masking: tube, ratio } }
  const recipe = { batch: 4, steps: 2000, learningRate: 2e-3, warmup: 20, signal, onCompile }
  const losses: number[] = []
  for await (const s of pretrain({ model, data: memoryClips(clips), backend, masks, ...recipe })) {
    losses.push(s.loss)
    plot(losses)
    say(`step ${s.step}, loss ${s.loss.toFixed(4)}, ${s.samplesPerSecond.toFixed(1)} clips/s`)
    if (s.step % 20 === 1) show(clip, masked, (await painter.paint({ ...s, clip, visible })).clip)
  }
  await painter.dispose()
}

function show(...clips: Uint8Array[]) {
  const captions = ["original", "masked", "reconstruction"]
  const film = video.filmStrips(
    clips.map((clip, i) => ({ clip, caption: captions[i] })),
    size,
  )
  Object.assign(canvas("film"), { width: film.width, height: film.height })
  const pixels = new ImageData(video.rgba(film), film.width)
  canvas("film").getContext("2d")!.putImageData(pixels, 0, 0)
}

function plot(losses: readonly number[]) {
  const { width, height } = canvas("losses")
  const curve = new Path2D()
  const top = Math.max(...losses)
  const point = (i: number) =>
    [(i / losses.length) * width, height * (1 - losses[i]! / top)] as const
  for (const i of losses.keys()) curve.lineTo(...point(i))
  const context = Object.assign(canvas("losses").getContext("2d")!, { lineWidth: 3 })
  context.clearRect(0, 0, width, height)
  context.stroke(curve)
}

let [stop, running] = [new AbortController(), Promise.resolve()]
function begin(file: File | undefined) {
  if (!file) return
  stop.abort()
  stop = new AbortController()
  const { signal } = stop
  running = running.then(() => train(file, signal)).catch(({ message }) => say(message))
}
addEventListener("change", ({ target }) => begin((target as HTMLInputElement).files?.[0]))
addEventListener("dragover", (event) => event.preventDefault())
addEventListener("drop", (event) => {
  event.preventDefault()
  begin(event.dataTransfer?.files[0])
})
