import { type LinkContext, signedUrl } from './signed-url.ts';

/**
 * The address of a thumbnail.
 * @param ownerId of the video or embedding task that the picture belongs to
 * @param file a file name in the proxy of its asset, perhaps with a folder
 */
export function thumbnailUrl(context: LinkContext, ownerId: string, file: string | null): string | null {
  if (file === null) return null;
  const path = `/thumbnails/${ownerId}/${file.split('/').map(encodeURIComponent).join('/')}`;
  return signedUrl(context, path, ['thumbnail', ownerId, file]);
}
