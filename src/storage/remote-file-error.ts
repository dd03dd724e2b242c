/**
 * A URL whose file cannot be had; the message says why, in plain words, and neither where the host was found nor
 * anything of the URL: it may hold a secret.
 */
export class RemoteFileError extends Error {
  override name = 'RemoteFileError';
  /** Whether another try may do better: the server was away or overloaded, or the line was cut. */
  readonly transient: boolean;

  constructor(message: string, transient: boolean, options?: ErrorOptions) {
    super(message, options);
    this.transient = transient;
  }
}

/** The server has other bytes by now, or does not prove that they are the same: a download must begin anew. */
export class FileChangedError extends RemoteFileError {
  override name = 'FileChangedError';

  constructor(message = 'the file changed while it was downloaded') {
    super(message, true);
  }
}
