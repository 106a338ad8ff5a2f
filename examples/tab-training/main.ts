import { webgpuBackend } from "@tubelet/backend-webgpu"
import { clipOf, drawMask, tube } from "@tubelet/masking"
import { presetConfig, pretrainModel, targets } from "@tubelet/models"
import { compileReconstruct, memoryClips, memoryStore, pretrain, tokenCounts } from "@tubelet/train"
import * as video from "@tubelet/video"

const [frames, side, batch, steps] = [4, 64, 4, 2000]
const cut = { frames, stride: 4, size: side, count: 16 }
const encoder = { dim: 96, depth: 3, heads: 3, mlpHidden: 384 }
const decoder = { dim: 48, depth: 1, heads: 3, mlpHidden: 192 }
const sizes = { imageSize: side, patchSize: 8, frames, encoder, decoder }
const model = pretrainModel(presetConfig("videomae-ti", sizes), { target: targets.pixels! })
const masks = { encoder: { masking: tube, ratio: 0.75 } }
const counts = tokenCounts(model, masks)
const recipe = { model, masks, batch, steps, learningRate: 2e-3, warmup: 20, saveEvery: 50 }

const find = <E extends HTMLElement>(id: string) => document.querySelector<E>(`#${id}`)!
const write = (id: string, textContent: string, className = "") =>
  Object.assign(find(id), { textContent, className })

/** Reads a video. What it returns trains on it, to the last step or until it is stopped. */
async function learn(file: File) {
  write("status", `Reading ${file.name}`)
  const source = await video.openBlob(file)
  const clips = await video.clipsAcross(source, cut).finally(() => source.close())
  const [clip, size] = [clips[0]!, { width: side, height: side }]
  const key = { seed: 0, epoch: 0, index: 0, clip: clipOf(clip, { frames, ...size }) }
  const visible = drawMask(tube, { grid: model.grid, keep: counts.visible, ...key })
  show("original", clip)
  const seen = video.drawMask(clip, size, model.grid, visible)
  for (const id of ["seen", "painted"]) show(id, seen)
  find("run").hidden = false
  // Checkpoints are kept on the host: the GPU may be lost, or given back, and the run goes on.
  const run = { ...recipe, data: memoryClips(clips), out: memoryStore(), resume: true }
  const losses: number[] = []
  return async (signal: AbortSignal) => {
    const backend = await webgpuBackend()
    const onCompile = (done: number) => write("status", `Compiling: ${Math.round(100 * done)} %`)
    try {
      const painter = await compileReconstruct(backend, model, counts)
      for await (const s of pretrain({ ...run, backend, signal, onCompile })) {
        write("status", `Learning ${file.name}`)
        losses.splice(s.step - 1, Infinity, s.loss) // Steps since a checkpoint are done again.
        plot(losses, s.loss, s.samplesPerSecond / batch)
        if (s.step % 20 === 1) show("painted", (await painter.paint({ ...s, clip, visible })).clip)
      }
      write("status", signal.aborted ? "Stopped: the GPU's memory is free" : "Done")
    } finally {
      await backend.dispose()
    }
  }
}

/** The frames of a clip, one below the other. */
function show(id: string, clip: Uint8Array) {
  const pixels = video.rgba({ data: clip, width: side, height: frames * side })
  find<HTMLCanvasElement>(id).getContext("2d")!.putImageData(new ImageData(pixels, side), 0, 0)
}

/** The losses as a line, on a logarithmic scale, and the numbers beside it. */
function plot(losses: readonly number[], loss: number, rate: number) {
  const [least, most, step] = [Math.min(...losses), Math.max(...losses), losses.length]
  const fall = (x: number) => Math.log(most / x) / (Math.log(most / least) || 1)
  const points = losses.map((x, i) => `${i / (step - 1 || 1)},${fall(x)}`)
  find("curve").setAttribute("points", points.join(" "))
  for (const [id, x] of Object.entries({ loss, least, most })) write(id, x.toPrecision(3))
  write("step", `${step} of ${steps}`)
  find<HTMLProgressElement>("progress").value = step / steps
  write("rate", rate.toPrecision(2))
  write("left", `${Math.ceil((steps - step) / rate / 60)} min`)
}

let [stop, ended] = [new AbortController(), Promise.resolve()]
let train = async (_: AbortSignal) => {}

/** Stops what runs, then trains: on the file, or on with what was stopped. */
function begin(file?: File, own = new AbortController()) {
  stop.abort()
  stop = own
  ended = ended.then(async () => {
    write("button", "Stop")
    if (file) train = await learn(file)
    if (!own.signal.aborted) await train(own.signal)
  })
  ended = ended.catch(fail).finally(() => {
    own.abort()
    write("button", "Resume")
  })
}

const fail = ({ message }: Error) => write("status", message, "error")
const open = (files?: FileList | null) => files?.[0] && begin(files[0])
find("button").onclick = () => (stop.signal.aborted ? begin() : stop.abort())
find("file").onchange = ({ target }) => open((target as HTMLInputElement).files)
addEventListener("dragover", (event) => event.preventDefault())
addEventListener("drop", (event) => {
  event.preventDefault()
  open(event.dataTransfer?.files)
})
webgpuBackend().then((backend) => backend.dispose(), fail)
