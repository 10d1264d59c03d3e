/** What a package is read from: a folder, or an archive. */
export interface PackageFiles {
  /** The bytes of a file; undefined: there is none of this name. @param name with `/` between steps, each of them a name */
  open(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Names of the files below a folder of the package, at any depth, from that folder on; none where there is no such folder. */
  list(folder: string): AsyncIterable<string> | Iterable<string>;
}

/** Whether it names something below the package: no empty step, no way up, nothing that only some systems take for a separator. */
export function isNameInside(name: string): boolean {
  return name
    .split('/')
    .every((step) => step !== '' && step !== '.' && step !== '..' && !/[\\\p{Cc}]/u.test(step));
}
