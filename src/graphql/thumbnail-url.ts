/**
 * The address under which the server gives out a thumbnail.
 * @param origin scheme, host and port
 * @param file a file name in the proxy of the video's asset, perhaps with a folder
 */
export function thumbnailUrl(origin: string, videoId: string, file: string | null): string | null {
  if (file === null) return null;
  return `${origin}/thumbnails/${videoId}/${file.split('/').map(encodeURIComponent).join('/')}`;
}
