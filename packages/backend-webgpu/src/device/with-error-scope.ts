import { filters, refused } from "./errors.js"

/** Runs `work` and throws errors that the device reports in it; they surface nowhere else. */
export async function withErrorScope<T>(device: GPUDevice, work: () => T | Promise<T>): Promise<T> {
  for (const filter of filters) device.pushErrorScope(filter)
  const result = (async () => work())()
  const found = Promise.all(filters.map(() => device.popErrorScope()))
  const [, caught] = await Promise.allSettled([result, found])
  const error = caught.status === "fulfilled" && caught.value.find((e) => e)
  if (error) throw refused(error)
  return result
}
