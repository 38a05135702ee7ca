import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface Finding { rule: string, impact: string, where: string }

/** What axe finds serious or critical on a page as it is, by the rules of WCAG 2.2 A and AA and its best practices. */
export async function inaccessible (page: Page): Promise<Finding[]> {
  // Not a script of the page: its policy would refuse that.
  await page.evaluate(source)
  return await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, impact, nodes }) => nodes.map(({ target, failureSummary }) => ({ rule: id, impact, where: target.join(' ') + ' ' + failureSummary }))))`)
}
