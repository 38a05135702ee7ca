// A script of its own in the head of the page: what the reader chose holds before anything is painted.
try {
  const theme = localStorage.getItem('berth-theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is refused: as the system has it.
}
