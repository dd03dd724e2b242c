import type { Patience } from './patience.ts';
import { FileChangedError, RemoteFileError } from './remote-file-error.ts';
import type { RemoteFile, RemotePosition } from './remote-files.ts';

/**
 * The bytes of a file over as many connections as it takes: where one is cut, the next goes on from there, as long as
 * the server has the same version.
 * @param open goes on from a position, as `RemoteFiles.open` does
 * @throws RemoteFileError when patience ends; a transient one, such as FileChangedError, when all must be begun anew
 */
export async function* readResuming(
  file: RemoteFile,
  open: (from: RemotePosition) => Promise<RemoteFile>,
  patience: Patience,
): AsyncGenerator<Uint8Array> {
  let { start: bytes, version } = file;
  for (let begin = async () => file; ; ) {
    try {
      const current = await begin();
      const { size } = current;
      version = current.version;
      for await (const chunk of current.body) {
        bytes += chunk.byteLength;
        if (size !== null && bytes > size) throw new FileChangedError();
        yield chunk;
      }
      if (size === null || bytes === size) return;
      throw new RemoteFileError('the server sent less than the whole file', true);
    } catch (error) {
      if (version === null || bytes === 0 || error instanceof FileChangedError) throw error;
      await patience.wait(error, bytes);
      const from = { bytes, version };
      begin = () => open(from);
    }
  }
}
