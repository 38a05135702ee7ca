// The page is complete without this. It adds: news from other pages, adding and removing without a reload, local times.

const list = document.querySelector('[data-notes]')
const template = document.querySelector('[data-note-template]')
const composer = document.querySelector('[data-composer]')
const state = document.querySelector('[data-live-state]')
const firstRetryMs = 500
const maxRetryMs = 15_000
// Ids are never used twice, so what was removed stays removed, whatever an answer that is older than the news says.
const removed = new Set()
let retryMs = firstRetryMs

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const findNote = (id) => list.querySelector(`[data-note-id="${Number(id)}"]`)

function showDate (time) {
  const date = new Date(time.dateTime)
  if (!Number.isNaN(date.getTime())) time.textContent = dates.format(date)
}

function addNote (note, { isNew }) {
  if (removed.has(note.id) || findNote(note.id)) return
  const item = template.content.firstElementChild.cloneNode(true)
  item.dataset.noteId = note.id
  item.querySelector('.text').textContent = note.text
  item.querySelector('time').dateTime = note.createdAt
  item.querySelector('[data-remove]').action = `/notes/${note.id}/remove`
  // A new one is not pinned; there is no such form where notes cannot be.
  item.querySelector('[data-pin]')?.setAttribute('action', `/notes/${note.id}/pin`)
  showDate(item.querySelector('time'))
  item.classList.toggle('is-new', isNew)
  // Newest first, whatever order the news arrives in.
  const older = [...list.children].find((other) => Number(other.dataset.noteId) < note.id)
  list.insertBefore(item, older ?? null)
}

function removeNote (id) {
  removed.add(Number(id))
  findNote(id)?.remove()
}

/** What happened while nobody told us: the newest page once more. */
async function catchUp () {
  const shown = [...list.children]
  const response = await fetch('/api/notes', { headers: { accept: 'application/json' } })
  if (!response.ok) return
  const { items, nextCursor } = await response.json()
  const known = new Set(items.map((note) => note.id))
  const oldest = nextCursor === null ? 0 : Number(nextCursor)
  for (const item of shown) {
    const id = Number(item.dataset.noteId)
    if (id >= oldest && !known.has(id)) item.remove()
  }
  for (const note of items) addNote(note, { isNew: true })
}

function showState (name, text) {
  state.dataset.liveState = name
  state.querySelector('[data-live-text]').textContent = text
}

function connect () {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`)
  socket.addEventListener('message', ({ data }) => {
    const news = JSON.parse(data)
    if (news.type === 'hello') {
      retryMs = firstRetryMs
      showState('on', 'Live')
      catchUp().catch(() => {})
    }
    if (news.type === 'added') addNote(news.note, { isNew: true })
    if (news.type === 'removed') removeNote(news.id)
  })
  socket.addEventListener('close', () => {
    showState('lost', 'Reconnecting…')
    setTimeout(connect, retryMs * (0.5 + Math.random()))
    retryMs = Math.min(retryMs * 2, maxRetryMs)
  })
}

async function submitNote (event) {
  event.preventDefault()
  const field = composer.elements.text
  const error = composer.querySelector('[data-composer-error]')
  const button = composer.querySelector('button')
  button.disabled = true
  try {
    const response = await fetch('/api/notes', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ text: field.value })
    })
    const answer = await response.json()
    error.textContent = response.ok ? '' : answer.detail
    field.setAttribute('aria-invalid', String(!response.ok))
    if (response.ok) {
      addNote(answer, { isNew: true })
      composer.reset()
    }
  } catch {
    error.textContent = 'The note could not be sent. Try again in a moment.'
  } finally {
    button.disabled = false
    field.focus()
  }
}

async function submitRemoval (event) {
  const form = event.target.closest('[data-remove]')
  if (!form) return
  event.preventDefault()
  const { noteId } = form.closest('[data-note-id]').dataset
  const response = await fetch(`/api/notes/${noteId}`, { method: 'DELETE' }).catch(() => null)
  if (response?.ok || response?.status === 404) removeNote(noteId)
  else form.submit()
}

for (const time of document.querySelectorAll('time')) showDate(time)
list.addEventListener('submit', submitRemoval)
composer?.addEventListener('submit', submitNote)
composer?.elements.text.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) composer.requestSubmit()
})
if ('follow' in list.dataset) connect()
