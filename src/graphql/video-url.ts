import { type LinkContext, signedUrl } from './signed-url.ts';

/** The address of a video's file, as it was uploaded. */
export function videoUrl(context: LinkContext, id: string): string {
  return signedUrl(context, `/videos/${id}`, ['video', id]);
}
