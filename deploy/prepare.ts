// Makes a machine fit for Berth: engine and images. What npm test needs before its tests, and npm start before the rest.
import { ensureEngine } from './engine.ts'
import { ensureImages } from './images.ts'
import { step } from './say.ts'
import { SETTINGS } from './settings.ts'

export async function prepareMachine (baseImage: string): Promise<void> {
  await step('Docker engine', ensureEngine)
  await step('Images', note => ensureImages(baseImage, note))
}

if (import.meta.main) {
  const fallback = SETTINGS.find(setting => setting.name === 'BERTH_BASE_IMAGE')?.fallback as string
  await prepareMachine(process.env.BERTH_BASE_IMAGE ?? fallback)
}
