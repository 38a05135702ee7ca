import { signal } from '@preact/signals'
import { Button } from './button.tsx'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = typeof THEMES[number]
const ICONS = { system: 'monitor', light: 'sun', dark: 'moon' } as const

/** What the reader chose; what is drawn in colours that it has to read follows it. */
export const theme = signal<Theme>((document.documentElement.dataset.theme as Theme | undefined) ?? 'system')

export function ThemeSwitch () {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] as Theme
  return <Button kind='quiet' icon={ICONS[theme.value]} label={`Colours: ${theme.value}. Change to ${next}`} onClick={() => { choose(next) }} />
}

function choose (chosen: Theme): void {
  if (chosen === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
  try {
    localStorage.setItem('berth-theme', chosen)
  } catch {
    // Storage is refused: it holds until the page is left.
  }
  theme.value = chosen
}
