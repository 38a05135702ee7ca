import t from 'tap'
import { timeLeftMs } from '../../../provisioner/rollouts/rollout.ts'

t.equal(timeLeftMs({ waiting: 10, moving: 2 }, null, 2), null, 'nobody was moved yet')
t.equal(timeLeftMs({ waiting: 0, moving: 0 }, 1000, 2), null, 'nothing is left')
t.equal(timeLeftMs({ waiting: 10, moving: 2 }, 1000, 2), 5500)
t.equal(timeLeftMs({ waiting: 0, moving: 1 }, 1000, 2), 500)
t.equal(timeLeftMs({ waiting: 1, moving: 0 }, 1000, 4), 250)
