// A vitest reporter that prints the ten slowest tests.
const longest = 10

/** @implements {import("vitest/node").Reporter} */
export default class SlowestTests {
  /** @param {readonly import("vitest/node").TestModule[]} modules */
  onTestRunEnd(modules) {
    const timed = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test) => ({ test, seconds: (test.diagnostic()?.duration ?? 0) / 1000 }))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, longest)
    if (timed.length < longest) return
    console.log(`\nThe ${longest} slowest tests:`)
    for (const { test, seconds } of timed) {
      const time = `${seconds.toFixed(1).padStart(7)} s`
      console.log(`${time}  ${test.module.relativeModuleId}: ${test.fullName}`)
    }
  }
}
