import { Command, CommanderError } from 'commander'
import project from '../../package.json' with { type: 'json' }
import { audit } from './commands/audit.ts'
import { deploy } from './commands/deploy.ts'
import { domains } from './commands/domains.ts'
import { events } from './commands/events.ts'
import { logs } from './commands/logs.ts'
import { overview } from './commands/overview.ts'
import { releases } from './commands/releases.ts'
import { rollouts } from './commands/rollouts.ts'
import { tenants } from './commands/tenants.ts'
import { tokens } from './commands/tokens.ts'
import { usage } from './commands/usage.ts'
import { webhooks } from './commands/webhooks.ts'
import { CliError } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { printable } from './printable.ts'
import type { Context } from './session.ts'

const EXIT_CODES = `
Exit codes: 0 done; 1 it did not come to be; 2 the command or a value in it is not usable; 3 no token, or one that may not do this;
  4 not found; 5 conflicts with how things are; 6 nobody answered, or not in time; 130 interrupted.`

/** The commands in the order that the help shows them. */
const COMMANDS = [overview, tenants, domains, deploy, rollouts, releases, logs, events, usage, tokens, audit, webhooks]

/** Runs one command line (without the name of the program), and returns its exit code. Says what went wrong; throws nothing but what is a bug. */
export async function run (argv: readonly string[], given: Omit<Context, 'end'>): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  const program = build({ ...given, end: ended => { code = ended } })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (err) {
    given.terminal.endLive()
    // It has said what it had to say.
    if (err instanceof CommanderError) return err.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (given.signal.aborted) return EXIT.interrupted
    if (!(err instanceof CliError)) throw err
    const [first = '', ...rest] = err.message.split('\n').map(printable)
    given.terminal.say(`${given.terminal.tint('red', 'berth:')} ${first}`, ...rest)
    return err.exitCode
  }
}

function build (context: Context): Command {
  const { terminal } = context
  const program = new Command('berth')
    .description('Operates an installation of Berth over its API.')
    .version(project.version, '-V, --version', 'the version of this program')
    .option('--api <url>', 'where the API is (BERTH_API_URL; http://127.0.0.1:7070)')
    .option('--token-file <file>', 'a file with the token, - for standard input; else BERTH_TOKEN, ~/.config/berth/config.json, or deploy/.env of a checkout')
    .option('--json', 'JSON as the API gives it; where things come one by one, one a line')
    .helpCommand('help [command]', 'help for a command')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('--help says how it is used.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: text => { terminal.writeNow(text) },
      writeErr: text => { terminal.say(text.trimEnd()) },
      outputError: (text, write) => { write(text.replace(/^error: /, 'berth: ')) },
      getOutHelpWidth: () => terminal.width ?? 100,
      getErrHelpWidth: () => terminal.progressWidth ?? 100
    })
  for (const add of COMMANDS) add(program, context)
  return program
}
