// node count-tests.mjs REPORT EXIT_CODE: how many tests of a vitest report passed and failed.
import { readFileSync } from "node:fs"

const [path, exitCode] = process.argv.slice(2)

function read() {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] } // ended before it could write
  }
}

const { numPassedTests, numFailedTests, testResults } = read()
// A file that cannot be imported reports no failed tests.
const broken = testResults.filter((f) => f.status === "failed" && f.assertionResults.length === 0)
const failed = numFailedTests + broken.length
// A run that ended with an error has failed, even if no test did.
console.log(numPassedTests, failed === 0 && exitCode !== "0" ? 1 : failed)
