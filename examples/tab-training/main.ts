import { webgpuBackend } from "@tubelet/backend-webgpu"
import { clipOf, drawMask, tube } from "@tubelet/masking"
import { presetConfig, pretrainModel, targets } from "@tubelet/models"
import { compileReconstruct, memoryClips, pretrain, tokenCounts } from "@tubelet/train"
import * as video from "@tubelet/video"

const [frames, side, batch, steps] = [4, 64, 4, 2000]
const cut = { frames, stride: 4, size: side, count: 16 }
const encoder = { dim: 96, depth: 3, heads: 3, mlpHidden: 384 }
const decoder = { dim: 48, depth: 1, heads: 3, mlpHidden: 192 }
const sizes = { imageSize: side, patchSize: 8, frames, encoder, decoder }
const model = pretrainModel(presetConfig("videomae-ti", sizes), { target: targets.pixels })
const masks = { encoder: { masking: tube, ratio: 0.75 } }
const counts = tokenCounts(model, masks)
const recipe = { model, masks, batch, steps, learningRate: 2e-3, warmup: 20 }

const find = <E extends HTMLElement>(id: string) => document.querySelector<E>(`#${id}`)!
const write = (id: string, text: string) => find(id).replaceChildren(text)

/** Trains on a video until the last step or until it is stopped. */
async function learn(file: File, signal: AbortSignal) {
  write("status", `Learning ${file.name}`)
  const source = await video.openBlob(file)
  const clips = await video.clipsAcross(source, cut).finally(() => source.close())
  const clip = clipOf(clips[0], { frames, width: side, height: side })
  const draw = { grid: model.grid, keep: counts.visible, seed: 0, epoch: 0, index: 0, clip }
  const visible = drawMask(tube, draw)
  const seen = video.drawMask(clip, { width: side, height: side }, model.grid, visible)
  const backend = await webgpuBackend()
  try {
    for (const [column, pixels] of [clip, seen, seen].entries()) show(pixels, column)
    find("run").hidden = false
    const onCompile = (done: number) => write("progress", `compiling: ${Math.round(100 * done)}%`)
    const reconstructor = await compileReconstruct(backend, model, counts)
    const run = { ...recipe, data: memoryClips(clips), backend, signal, onCompile }
    const losses: number[] = []
    for await (const { step, loss, weights, samplesPerSecond } of pretrain(run)) {
      losses.push(loss)
      plot(losses, samplesPerSecond / batch)
      if (step % 20 === 1) show((await reconstructor.paint({ weights, clip, visible })).clip, 2)
    }
  } finally {
    await backend.dispose()
  }
  write("status", signal.aborted ? "Stopped: the GPU is free" : "Done")
}

function show(data: Uint8Array, column: number) {
  const frame = new ImageData(video.rgba({ data, width: side, height: frames * side }), side)
  const film = find<HTMLCanvasElement>("film")
  film.getContext("2d")!.putImageData(frame, column * side, 0)
}

function plot(losses: readonly number[], rate: number) {
  const [least, most, step] = [Math.min(...losses), Math.max(...losses), losses.length]
  const fall = (x: number) => Math.log(most / x) / (Math.log(most / least) || 1)
  const points = losses.map((x, i) => `${i / (step - 1 || 1)},${fall(x)}`)
  find("mse").setAttribute("points", points.join(" "))
  const now = `step ${step} of ${steps} · loss ${losses.at(-1)!.toPrecision(3)}`
  const left = Math.ceil((steps - step) / rate / 60)
  write("progress", `${now} · ${rate.toPrecision(2)} steps/s · ${left} min left`)
}

let [stop, ended] = [new AbortController(), Promise.resolve()]
const fail = ({ message }: Error) => write("status", `Failed: ${message}`)

/** Stops the current run, then trains on this video. */
function begin(file: File, own = new AbortController()) {
  stop.abort()
  stop = own
  ended = ended.then(() => learn(file, own.signal)).catch(fail)
}

const open = (files?: FileList | null) => files?.[0] && begin(files[0])
find("stop").onclick = () => stop.abort()
find("file").onchange = () => open(find<HTMLInputElement>("file").files)
for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault())
addEventListener("drop", (event) => open(event.dataTransfer?.files))
