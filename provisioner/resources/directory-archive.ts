/** A tar archive (POSIX.1-1988 ustar) of one directory that belongs to `user` (`uid`, `uid:gid` or a name). */
export function directoryArchive (name: string, user: string): Buffer {
  const [uid = '0', gid = uid] = user.split(':')
  const header = Buffer.alloc(512)
  const octal = (value: string | number, width: number): string => Number(value).toString(8).padStart(width - 1, '0') + '\0'
  const numeric = (id: string): string => /^\d+$/.test(id) ? id : '0'
  header.write(`${name}/`, 0)
  // A named user has no number here, so everybody in the container may write; no other container ever sees the volume.
  header.write(octal(/^\d+$/.test(uid) ? 0o700 : 0o777, 8), 100)
  header.write(octal(numeric(uid), 8), 108)
  header.write(octal(numeric(gid), 8), 116)
  header.write(octal(0, 12), 124)
  header.write(octal(Math.floor(Date.now() / 1000), 12), 136)
  header.write('        ', 148)
  header.write('5', 156)
  header.write('ustar\x0000', 257)
  const checksum = header.reduce((sum, octet) => sum + octet, 0)
  header.write(checksum.toString(8).padStart(6, '0') + '\0 ', 148)
  return Buffer.concat([header, Buffer.alloc(1024)])
}
