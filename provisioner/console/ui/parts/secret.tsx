import { Button } from './button.tsx'
import { CopyButton } from './copy.tsx'
import { Note } from './states.tsx'

/** A secret that is shown this once. */
export function SecretShown ({ secret, onClose }: { secret: string, onClose: () => void }) {
  return (
    <div>
      <Note tone='warn' icon='key-round' title='Copy it now'>It is kept only as a hash and will not be shown again.</Note>
      <p class='secret'><code tabIndex={0}>{secret}</code><CopyButton text={secret} label='Copy the secret' /></p>
      <footer><Button kind='primary' onClick={onClose}>I have it</Button></footer>
    </div>
  )
}
