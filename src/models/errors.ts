/** No bundle has the name asked for. */
export class UnknownModelError extends Error {
  override readonly name = 'UnknownModelError';
  constructor(model: string, known: readonly string[]) {
    super(`There is no model named ${JSON.stringify(model)}; the models are: ${known.join(', ')}.`);
  }
}

/** A manifest of the user's own has faults. */
export class FaultyManifestError extends Error {
  override readonly name = 'FaultyManifestError';
  constructor({ name, file, faults }: { name: string; file: string; faults: readonly string[] }) {
    super(
      `The model "${name}" cannot be used; its manifest ${file} has faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
  }
}

/** The model is known, but its files are missing or differ from their checksums. */
export class ModelNotInstalledError extends Error {
  override readonly name = 'ModelNotInstalledError';
  constructor(model: string) {
    super(`The model "${model}" is not installed. Install it with: reelgraph models pull ${model}`);
  }
}

/** The model is installed, but has no encoder for what was asked of it. */
export class UnsupportedModalityError extends Error {
  override readonly name = 'UnsupportedModalityError';
  constructor(model: string, modality: string) {
    super(`The model "${model}" does not support the modality ${modality}.`);
  }
}

/** A pull that ended without an installed model: no network, a wrong checksum, a full disk. What was there before is untouched. */
export class PullFailedError extends Error {
  override readonly name = 'PullFailedError';
  constructor(model: string, reason: string, options?: ErrorOptions) {
    super(`The model "${model}" could not be pulled: ${reason}`, options);
  }
}

/** The bytes given as an image are not one that can be decoded here: damaged, too large, or of a format that is not taken. */
export class UndecodableImageError extends Error {
  override readonly name = 'UndecodableImageError';
  /** Which of the images given, counted from 0. */
  readonly position: number;
  /** What is wrong with it. */
  readonly reason: string;

  constructor(reason: string, position = 0, options?: ErrorOptions) {
    super(`Image ${position + 1} cannot be decoded: ${reason}`, options);
    this.reason = reason;
    this.position = position;
  }

  /** The same error, for the image at another place. */
  at(position: number): UndecodableImageError {
    return new UndecodableImageError(this.reason, position, { cause: this.cause });
  }
}
