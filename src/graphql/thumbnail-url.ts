/**
 * The address under which the server gives out a thumbnail.
 * @param origin scheme, host and port
 * @param ownerId of the video or embedding task that the picture belongs to
 * @param file a file name in the proxy of its asset, perhaps with a folder
 */
export function thumbnailUrl(origin: string, ownerId: string, file: string | null): string | null {
  if (file === null) return null;
  return `${origin}/thumbnails/${ownerId}/${file.split('/').map(encodeURIComponent).join('/')}`;
}
