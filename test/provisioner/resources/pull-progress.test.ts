import t from 'tap'
import { pullProgress } from '../../../provisioner/resources/pull-progress.ts'

const describe = pullProgress()
const events = [
  [{ status: 'Pulling from library/shop', id: '1.4' }, '0 of 0 layers, 0.0 of 0.0 MB'],
  [{ status: 'Pulling fs layer', id: 'a' }, '0 of 1 layers, 0.0 of 0.0 MB'],
  [{ status: 'Already exists', id: 'b' }, '1 of 2 layers, 0.0 of 0.0 MB'],
  [{ status: 'Downloading', id: 'a', progressDetail: { current: 1_000_000, total: 4_000_000 } }, '1 of 2 layers, 1.0 of 4.0 MB'],
  [{ status: 'Download complete', id: 'a' }, '2 of 2 layers, 4.0 of 4.0 MB'],
  [{ status: 'Extracting', id: 'a', progressDetail: { current: 5, total: 6 } }, '2 of 2 layers, 4.0 of 4.0 MB'],
  [{ status: 'Status: Downloaded newer image' }, '2 of 2 layers, 4.0 of 4.0 MB']
] as const
for (const [event, said] of events) t.match(describe(event), said, event.status)
