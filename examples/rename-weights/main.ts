// Lists the tensors of a file, or writes them under new names:
//   npx jiti main.ts FILE.safetensors
//   npx jiti main.ts FILE.safetensors OUT.safetensors encoder. backbone.
import { listTensors, renameTensors } from "./rename.js"

const [path, out, from, to = ""] = process.argv.slice(2)
if (!path) {
  console.error("pass a safetensors file, such as out/demo/checkpoint-*/model.safetensors")
  process.exit(2)
}
if (out && from) await renameTensors(path, out, { from, to })
for (const line of await listTensors(out ?? path)) console.log(line)
