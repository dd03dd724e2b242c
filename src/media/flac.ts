import { open } from 'node:fs/promises';

/**
 * Seconds of sound in a FLAC file, going by its STREAMINFO block (RFC 9639, section 8.2): 20 bits of sample rate from byte
 * 18 on, and 36 bits of samples in the last 8 bytes before byte 26. 0 when there is no such file or no sound in it.
 */
export async function flacSeconds(file: string): Promise<number> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return 0;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(26), 0, 26, 0);
    if (bytesRead < 26 || buffer.toString('latin1', 0, 4) !== 'fLaC') return 0;
    const rate = buffer.readUIntBE(18, 3) >> 4;
    const samples = (buffer.readUInt8(21) & 0x0f) * 2 ** 32 + buffer.readUInt32BE(22);
    return rate > 0 ? samples / rate : 0;
  } finally {
    await handle.close();
  }
}
