import { filters, refused } from "./errors.js"

/** Runs `work` and throws errors that the device reports in it; they surface nowhere else. */
export async function withErrorScope<T>(device: GPUDevice, work: () => T | Promise<T>): Promise<T> {
  for (const filter of filters) device.pushErrorScope(filter)
  const result = (async () => work())()
  const found = Promise.all(filters.map(() => device.popErrorScope()))
  const [, judged] = await Promise.allSettled([result, found])
  const error = judged.status === "fulfilled" && judged.value.find((e) => e)
  if (error) throw refused(error)
  return result
}
