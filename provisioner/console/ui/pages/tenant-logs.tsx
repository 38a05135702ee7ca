import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { KEPT_LINES, useLogStream } from '../api/log-stream.ts'
import type { Tenant } from '../api/shapes.ts'
import { Button } from '../parts/button.tsx'
import { CheckField } from '../parts/field.tsx'
import { Search } from '../parts/search.tsx'
import { Empty, ProblemNote, Skeleton } from '../parts/states.tsx'
import { Clock } from '../parts/time.tsx'
import { cutAt } from '../words/log-line.ts'
import type { LogLine } from '../words/log-line.ts'
import { count, plural } from '../words/numbers.ts'
import { path } from '../words/path.ts'

/** As many as a browser draws without effort. */
const SHOWN = 1500
const AT_END_PX = 40

/** What the newest instance writes, as it writes it. */
export function TenantLogs ({ tenant: { id, slug } }: { tenant: Tenant }) {
  const { lines, instance, state, problem } = useLogStream(path('/v1/tenants/{}/logs', id))
  const [search, setSearch] = useState('')
  const [wrap, setWrap] = useState(true)
  const [follows, setFollows] = useState(true)
  const box = useRef<HTMLDivElement>(null)
  const found = search === '' ? lines : lines.filter(({ text }) => text.toLowerCase().includes(search.toLowerCase()))
  const shown = found.slice(-SHOWN)
  useLayoutEffect(() => { if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight }, [shown.length, lines, follows, search])
  useEffect(() => { setFollows(true) }, [search])

  return (
    <section class='logs-page'>
      <div class='filters'>
        <Search label='Search in what is shown' value={search} onSearch={setSearch} />
        <CheckField label='Wrap lines' checked={wrap} onInput={setWrap} />
        <Button icon='download' disabled={lines.length === 0} onClick={() => { save(`${slug}.log`, lines) }}>Save</Button>
        <span class='muted small' role='status'>{search === '' ? plural(lines.length, 'line') : `${count(found.length)} of ${plural(lines.length, 'line')}`}{lines.length === KEPT_LINES ? ', older ones are not shown' : ''}</span>
      </div>
      {problem !== null && problem.code !== 'no_instance' && problem.status !== 0 && <ProblemNote problem={problem} />}
      {lines.length === 0
        ? (problem?.code === 'no_instance' ? <Empty icon='scroll-text' title='There is no instance now'>{problem.message} When one starts, what it writes will be here.</Empty> : state === 'connecting' ? <Skeleton lines={8} /> : <Empty icon='scroll-text' title='Nothing was written yet' />)
        : (
          <div
            class={wrap ? 'logs wrap' : 'logs'} ref={box} tabIndex={0} role='log' aria-label={`Output of ${instance}`} aria-live='off'
            onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => { setFollows(scrollHeight - scrollTop - clientHeight < AT_END_PX) }}
          >
            {shown.map((line, index) => <Line key={line.at === '' ? index : line.at} line={line} search={search} />)}
            {search !== '' && found.length === 0 && <p class='muted'>No line has “{search}”.</p>}
          </div>
          )}
      <p class='muted small logs-foot'>
        <span class={`dot ${state === 'live' ? 'live' : 'connecting'}`} aria-hidden='true' />
        <span>{state === 'live' ? <>Live from <code>{instance}</code></> : state === 'ended' ? 'This instance has ended; waiting for the next…' : 'Connecting…'}</span>
        {!follows && <Button icon='arrow-down' onClick={() => { setFollows(true) }}>To the newest</Button>}
      </p>
    </section>
  )
}

function Line ({ line: { at, text, level }, search }: { line: LogLine, search: string }) {
  return (
    <div class={`log ${level}`}>
      {at !== '' && <Clock at={at} />}
      <span>{level !== 'plain' && <span class='hidden'>{level}: </span>}{cutAt(text, search).map((piece, index) => index % 2 === 1 ? <mark key={index}>{piece}</mark> : piece)}</span>
    </div>
  )
}

function save (name: string, lines: LogLine[]): void {
  const url = URL.createObjectURL(new Blob([lines.map(({ at, text }) => `${at} ${text}\n`).join('')], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
