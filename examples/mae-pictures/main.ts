// Pre-trains MAE on images: npx jiti main.ts FOLDER [STEPS]
import { cpuBackend } from "@tubelet/backend-cpu"
import { pretrainOnPictures } from "./pictures.js"

const [folder = "photos", steps = "100"] = process.argv.slice(2)
const losses = await pretrainOnPictures(await cpuBackend(), { folder, steps: Number(steps) })
console.log(losses.map((loss) => loss.toFixed(4)).join(" "))
