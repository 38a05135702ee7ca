import { useNotices } from '../api/notices.ts'
import { useResource } from '../api/resource.ts'
import type { Page, Release } from '../api/shapes.ts'
import { Link, LinkButton } from '../parts/button.tsx'
import { PageHead, Table } from '../parts/page.tsx'
import { Pager, usePaging } from '../parts/pager.tsx'
import { Empty, Loaded } from '../parts/states.tsx'
import { ReleaseStatus } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { isLimited, may } from '../session.ts'
import { path, query } from '../words/path.ts'

const SIZE = 50
const LOOK_EVERY_MS = 15_000

export function Releases () {
  const paging = usePaging('')
  const releases = useResource<Page<Release>>(`/v1/releases${query({ limit: SIZE, cursor: paging.cursor })}`, { everyMs: LOOK_EVERY_MS })
  useNotices(['release'], releases.refresh)
  const create = may('operate') && !isLimited() ? <LinkButton to='/releases/new' icon='plus' kind='primary'>New release</LinkButton> : undefined
  return (
    <>
      <PageHead title='Releases'>{create}</PageHead>
      <Loaded of={releases} lines={8}>
        {({ items, nextCursor }) => items.length === 0
          ? <Empty icon='package' title='No releases yet' action={create}>A release is a version of the application: an image, and how to run it. It is proven before a tenant sees it.</Empty>
          : (
            <>
              <Table label='Releases' head={<><th scope='col'>Version</th><th scope='col'>State</th><th scope='col'>Image</th><th scope='col'>Created</th></>}>
                {items.map(({ version, state, image, createdAt, conditions: [condition] }) => (
                  <tr key={version}>
                    <td class='main'><Link to={path('/releases/{}', version)} class='cover'><code class='clip'>{version}</code></Link>{state !== 'usable' && <span class='muted small clamp'>{condition?.message}</span>}</td>
                    <td class='state'><ReleaseStatus state={state} /></td>
                    <td class='extra'><code class='clip muted'>{image}</code></td>
                    <td class='extra muted nowrap'><Time at={createdAt} /></td>
                  </tr>
                ))}
              </Table>
              <Pager paging={paging} next={nextCursor} shown={items.length} size={SIZE} />
            </>
            )}
      </Loaded>
    </>
  )
}
