// Judges stored results by the suite's own rules: node summary.mjs CHECKOUT RESULTS
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [checkout, file] = process.argv.slice(2)
const load = path => import(pathToFileURL(resolve(checkout, path)).href)
const suites = (await load('tests/index.mjs')).default
const { determineTestResult, resultTypes } = await load('test-engine/lib/results.mjs')
const results = JSON.parse(readFileSync(file, 'utf8'))
const names = new Map(Object.entries(resultTypes).map(([name, type]) => [type, name]))
const tests = []
for (const suite of suites) {
  for (const test of suite.tests) {
    if (test.browser_only === true) continue
    const outcome = names.get(determineTestResult(suites, test.id, results))
    const told = results[test.id]
    tests.push({ id: test.id, kind: test.kind ?? 'required', outcome, told: told === true ? '' : told?.[1] ?? '' })
  }
}
console.log(JSON.stringify(tests))
