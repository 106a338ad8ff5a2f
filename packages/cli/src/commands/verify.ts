import { basename } from "node:path"
import { backendFlags, openBackend } from "../backends.js"
import { defineCommand } from "../shell/command.js"
import { type Described, described, printError } from "../shell/errors.js"
import { setFolder } from "../verify/folder.js"
import { type Check, verifySet } from "../verify/index.js"

const { backend, threads } = backendFlags

/** How far a check is from its tolerance, to sort the worst first. */
const badness = ({ error, tolerance }: Check): number =>
  Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / (tolerance || Number.MIN_VALUE)

const line = ({ name, kind, error, tolerance, reason }: Check): string =>
  `  ${name} (${kind}): ${reason ?? `error ${error.toExponential(1)}, allowed ${tolerance}`}`

export const verify = defineCommand({
  name: "verify",
  summary: "compare with the authors' code, tensor by tensor",
  operands: ["set...: folders of weights, inputs and outputs of the authors' code"],
  flags: { backend, threads },
  example: "tubelet verify fixtures/mae-trajectory-tiny --backend cpu",

  async run(sets, values, { output }) {
    const device = await openBackend(values, output.log)
    const checks: Check[] = []
    const unreadable: (Described & { readonly set: string })[] = []
    for (const path of sets) {
      try {
        const found = await verifySet(device, setFolder(path))
        checks.push(...found)
        const bad = found.filter((c) => !c.pass).sort((a, b) => badness(b) - badness(a))
        output.print(`${path}: ${found.length - bad.length} of ${found.length} tensors match`)
        for (const check of bad.slice(0, 10)) output.print(line(check))
        if (bad.length > 10) output.print(`  and ${bad.length - 10} more`)
      } catch (error) {
        unreadable.push({ set: basename(path), ...described(error) })
        output.log(`${path}:`)
        printError(error, output)
      }
    }
    await device.dispose()
    const passed = checks.filter((c) => c.pass).length
    const failed = checks.length - passed + unreadable.length
    const where = { backend: device.name, device: device.device.name }
    output.json({ ...where, passed, failed, checks, unreadable })
    output.print(`${passed} passed, ${failed} failed on ${device.name} (${device.device.name})`)
    return failed === 0 ? 0 : 1
  },
})
