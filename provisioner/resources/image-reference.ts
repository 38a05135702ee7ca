/** The name of an image without its tag and digest: two releases of one repository are versions of one application. As the engine says it, without the host of Docker Hub. */
export function repositoryOf (image: string): string {
  const name = image.split('@', 1)[0] as string
  const tag = name.indexOf(':', name.lastIndexOf('/') + 1)
  return (tag === -1 ? name : name.slice(0, tag)).replace(/^(?:index\.)?docker\.io\/(?:library\/)?/, '')
}

/**
 * The registry that an image is pulled from: the part before the first slash when it looks like a host, else Docker Hub
 * (distribution/reference, "domain").
 */
export function registryOf (image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io'
}
