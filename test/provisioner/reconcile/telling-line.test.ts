import t from 'tap'
import { tellingLine } from '../../../provisioner/reconcile/telling-line.ts'

const cases: Array<[string, string, string | undefined]> = [
  ['nothing', '', undefined],
  ['blank lines alone', '\n  \n', undefined],
  ['plain words', 'one\ntwo\n', 'two'],
  ['words that are noise alone', 'Node.js v24.21.0', 'Node.js v24.21.0'],
  ['an error of Node', `
file:///app/migrate.ts:3
throw new Error('the table is gone')
      ^

Error: the table is gone
    at file:///app/migrate.ts:3:7
    at ModuleJob.run (node:internal/modules/esm/module_job:343:25)

Node.js v24.21.0`, 'Error: the table is gone'],
  ['something else that Node threw', '[eval]:1\nthrow "no column"\n^\nno column\n(Use `node --trace-uncaught ...` to show where the exception was thrown)\n\nNode.js v24.21.0', 'no column'],
  ['an error of PostgreSQL in Node', `
/app/node_modules/pg-pool/index.js:45
    Error.captureStackTrace(err)
          ^

error: relation "no_such_table" does not exist
    at /app/node_modules/pg-pool/index.js:45:11
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5) {
  length: 112,
  severity: 'ERROR',
  code: '42P01',
  hint: undefined,
  file: 'parse_relation.c',
  routine: 'parserOpenTable'
}

Node.js v24.21.0`, 'error: relation "no_such_table" does not exist'],
  ['an error with a cause', `
Error: migration 3 failed
    at file:///app/migrate.ts:9:9 {
  [cause]: error: column "pinned" exists
      at /app/node_modules/pg/lib/client.js:545:17 {
    severity: 'ERROR'
  }
}

Node.js v24.21.0`, '[cause]: error: column "pinned" exists'],
  ['several errors', `
AggregateError [ECONNREFUSED]:
    at internalConnectMultiple (node:net:1134:18) {
  code: 'ECONNREFUSED',
  [errors]: [
    Error: connect ECONNREFUSED ::1:5432
        at createConnectionError (node:net:1670:14) {
      errno: -111
    },
    Error: connect ECONNREFUSED 127.0.0.1:5432
        at createConnectionError (node:net:1670:14) {
      errno: -111
    }
  ]
}

Node.js v24.21.0`, 'Error: connect ECONNREFUSED 127.0.0.1:5432'],
  ['an error with a code and properties, without a stack', "TypeError [ERR_INVALID_URL]: Invalid URL {\n  input: ''\n}", 'TypeError [ERR_INVALID_URL]: Invalid URL'],
  ['an error that was logged, and words after it', 'Error: no such host\nShutting down.', 'Error: no such host'],
  ['Python', `
Traceback (most recent call last):
  File "/app/migrate.py", line 3, in <module>
    raise ValueError("bad column")
ValueError: bad column`, 'ValueError: bad column'],
  ['Python, with the place in the statement', `
psycopg.errors.UndefinedTable: relation "x" does not exist
django.db.utils.ProgrammingError: relation "x" does not exist
LINE 1: SELECT * FROM x
                      ^`, 'django.db.utils.ProgrammingError: relation "x" does not exist'],
  ['Python without words', 'Traceback (most recent call last):\n  File "/app/migrate.py", line 3, in <module>\n    raise KeyboardInterrupt\nKeyboardInterrupt', 'KeyboardInterrupt'],
  ['node-pg-migrate', `
Error executing:
ALTER TABLE no_such_table ADD COLUMN never int;

error: relation "no_such_table" does not exist
    at /app/node_modules/pg/lib/client.js:545:17 {
  severity: 'ERROR'
}
error: current transaction is aborted, commands ignored until end of transaction block
    at /app/node_modules/pg/lib/client.js:545:17 {
  severity: 'ERROR'
}
migration failed: relation "no_such_table" does not exist`, 'migration failed: relation "no_such_table" does not exist'],
  ['an error, and what follows from it', 'ERROR:  relation "x" does not exist\nERROR:  current transaction is aborted, commands ignored until end of transaction block', 'ERROR:  relation "x" does not exist'],
  ['psql', 'CREATE TABLE\npsql:/app/2.sql:3: ERROR:  column "a" exists\nLINE 1: ALTER TABLE\n        ^', 'psql:/app/2.sql:3: ERROR:  column "a" exists'],
  ['Go', 'panic: no database\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\nexit status 2', 'panic: no database'],
  ['Java', 'Exception in thread "main" java.lang.IllegalStateException: not migrated\n\tat Main.main(Main.java:3)\nCaused by: java.sql.SQLException: no such column\n\t... 1 more', 'Caused by: java.sql.SQLException: no such column'],
  ['Ruby', "/app/migrate.rb:3:in `up': no such column (ArgumentError)\n\tfrom /app/migrate.rb:9:in `<main>'", "/app/migrate.rb:3:in `up': no such column (ArgumentError)"],
  ['PHP', 'PHP Fatal error:  Uncaught Exception: no table in /app/x.php:3\nStack trace:\n#0 {main}\n  thrown in /app/x.php on line 3', 'PHP Fatal error:  Uncaught Exception: no table in /app/x.php:3'],
  ['Rust', 'thread \'main\' panicked at src/main.rs:2:5:\nno column\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace', 'no column'],
  ['a count that is no error', '0 errors\nmigrated to 7, then gave up', 'migrated to 7, then gave up']
]

for (const [name, output, line] of cases) {
  t.test(name, async t => { t.equal(tellingLine(output.split('\n')), line) })
}
