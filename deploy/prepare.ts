// Makes a machine fit for Berth: engine and images. What npm test needs before its tests, and npm start before the rest.
import { ensureEngine } from './engine.ts'
import { describeImages, ensureImages } from './images.ts'
import type { Images } from './images.ts'
import { runCommand, step } from './say.ts'
import { SETTINGS } from './settings.ts'

export async function prepareMachine (baseImage: string, withTests = false): Promise<Images> {
  await step('Docker engine', ensureEngine)
  const images = await describeImages(withTests)
  await step('Images', note => ensureImages(images, baseImage, note))
  return images
}

if (import.meta.main) {
  const fallback = SETTINGS.find(setting => setting.name === 'BERTH_BASE_IMAGE')?.fallback as string
  await runCommand(() => prepareMachine(process.env.BERTH_BASE_IMAGE ?? fallback, true))
}
