import t from 'tap'
import { execFileSync } from 'node:child_process'
import { directoryArchive } from '../../../provisioner/resources/directory-archive.ts'

t.test('tar reads it', async t => {
  const list = (user: string): string => execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file', '-'], { input: directoryArchive('data', user), encoding: 'utf8' })
  t.match(list('10001:10002'), /^drwx------ 10001\/10002 .* data\/\n$/)
  t.match(list('10001'), /^drwx------ 10001\/10001 /)
  t.match(list('node'), /^drwxrwxrwx 0\/0 /)
})
