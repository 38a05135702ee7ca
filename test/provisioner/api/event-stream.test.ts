import t from 'tap'
import { formatEvent, wantsStream } from '../../../provisioner/api/event-stream.ts'

for (const accept of ['text/event-stream', 'Text/Event-Stream', 'application/json, text/event-stream', 'text/event-stream;charset=utf-8', 'text/event-stream; q=0.5']) {
  t.equal(wantsStream(accept), true, accept)
}
for (const accept of [undefined, '', '*/*', 'text/*', 'application/json', 'text/event-stream;q=0', 'text/event-stream; q=0.00', 'text/event-streams']) {
  t.equal(wantsStream(accept), false, String(accept))
}

t.equal(
  formatEvent({ id: 7, at: new Date(0), level: 'error', reason: 'MigrationFailed', message: 'line 1\nline 2', data: { output: ['a\r\nb'] } }),
  'id: 7\nevent: MigrationFailed\ndata: {"id":7,"at":"1970-01-01T00:00:00.000Z","level":"error","reason":"MigrationFailed","message":"line 1\\nline 2","data":{"output":["a\\r\\nb"]}}\n\n')
