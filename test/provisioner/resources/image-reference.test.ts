import t from 'tap'
import { registryOf, repositoryOf } from '../../../provisioner/resources/image-reference.ts'

const table: Array<[string, string, string]> = [
  ['shop', 'shop', 'docker.io'],
  ['shop:1.4', 'shop', 'docker.io'],
  ['acme/shop:1.4', 'acme/shop', 'docker.io'],
  ['docker.io/library/shop:1.4', 'shop', 'docker.io'],
  ['docker.io/acme/shop', 'acme/shop', 'docker.io'],
  ['localhost/shop', 'localhost/shop', 'localhost'],
  ['127.0.0.1:5000/shop', '127.0.0.1:5000/shop', '127.0.0.1:5000'],
  ['registry.example.com:5000/a/shop:1', 'registry.example.com:5000/a/shop', 'registry.example.com:5000'],
  ['registry.example.com/shop:1@sha256:00ff', 'registry.example.com/shop', 'registry.example.com']
]
for (const [image, repository, registry] of table) t.same([repositoryOf(image), registryOf(image)], [repository, registry], image)
