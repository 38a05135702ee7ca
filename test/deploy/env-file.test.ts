import t from 'tap'
import { newEnvFile, parseEnvFile, SECRETS } from '../../deploy/env-file.ts'

t.test('comments, quotes, spaces and signs', async t => {
  const text = '# a comment\n\nBERTH_A=plain\r\nexport BERTH_B = "quoted # not a comment"\nBERTH_C=\'$kept\'\nBERTH_D=a=b\nBERTH_E=\n'
  t.same([...parseEnvFile(text)], [
    ['BERTH_A', 'plain'], ['BERTH_B', 'quoted # not a comment'], ['BERTH_C', '$kept'], ['BERTH_D', 'a=b'], ['BERTH_E', '']
  ])
})

t.test('every line that cannot be read is named', async t => {
  t.throws(() => parseEnvFile('BERTH_A=1\nrubbish\nlower=case\n'), { message: 'not NAME=value: line 2, line 3' })
})

t.test('a new file has fresh secrets and the settings of the first start', async t => {
  const given = new Map([['BERTH_ENV_FILE', '/x'], ['BERTH_API_PORT', '9000'], ['BERTH_ADMIN_TOKEN', 'chosen']])
  const [one, two] = [parseEnvFile(newEnvFile(given)), parseEnvFile(newEnvFile(new Map()))]
  t.same([...one.keys()], [...SECRETS, 'BERTH_API_PORT'])
  t.same([one.get('BERTH_API_PORT'), one.get('BERTH_ADMIN_TOKEN')], ['9000', 'chosen'])
  t.match(two.get('BERTH_MASTER_KEY'), /^[0-9a-f]{64}$/)
  t.not(one.get('BERTH_MASTER_KEY'), two.get('BERTH_MASTER_KEY'))
  t.equal(new Set(two.values()).size, SECRETS.length)
})
