import { LinkButton } from '../parts/button.tsx'
import { PageHead } from '../parts/page.tsx'
import { Empty } from '../parts/states.tsx'

export function NotFound () {
  return <><PageHead title='Nothing here' /><Empty icon='anchor' title='There is no page at this address' action={<LinkButton to='/'>To the overview</LinkButton>} /></>
}
