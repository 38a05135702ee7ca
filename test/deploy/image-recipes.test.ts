import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { RECIPES, recipeVersion } from '../../deploy/image-recipes.ts'
import type { Recipe } from '../../deploy/image-recipes.ts'
import { ROOT } from '../../deploy/installation.ts'

t.test('a version follows the content of the inputs, and nothing else', async t => {
  const root = t.testdir({ deploy: { base: { Dockerfile: 'FROM scratch' } }, app: { 'a.ts': '1', 'README.md': 'x' } })
  const recipe: Recipe = { name: 'x', context: '.', dockerfile: 'Dockerfile', inputs: ['app'] }
  const first = await recipeVersion(root, recipe)
  t.match(first, /^[0-9a-f]{12}$/)

  writeFileSync(join(root, 'app/README.md'), 'y')
  mkdirSync(join(root, 'app/node_modules'))
  writeFileSync(join(root, 'app/node_modules/z.js'), 'z')
  t.equal(await recipeVersion(root, recipe), first)

  writeFileSync(join(root, 'app/a.ts'), '2')
  const second = await recipeVersion(root, recipe)
  t.not(second, first)
  writeFileSync(join(root, 'deploy/base/Dockerfile'), 'FROM other')
  t.not(await recipeVersion(root, recipe), second)
})

t.test('the recipes name files that exist', async t => {
  const versions = await Promise.all(RECIPES.map(recipe => recipeVersion(ROOT, recipe)))
  t.equal(new Set(versions).size, RECIPES.length)
})
