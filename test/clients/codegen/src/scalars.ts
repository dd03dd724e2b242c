import type { CreateTaskInput, ScalarsQuery, ScalarsQueryVariables, TaskStatus } from './generated/graphql';
import { ScalarsDocument } from './generated/graphql';

/* The types that README's table promises for the custom scalars; `satisfies` holds them from both sides. */

export const input = {
  indexId: 'id' satisfies CreateTaskInput['indexId'],
  videoFile: new File([], 'film.mp4'),
  videoUrl: 'https://example.com/film.mp4',
  userMetadata: { shelf: 7, tags: ['a'], nested: { deep: null } },
} satisfies CreateTaskInput;

type Video = NonNullable<ScalarsQuery['video']>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

export const createdAtIsString: Same<Video['createdAt'], string> = true;
export const userMetadataIsRecord: Same<Video['userMetadata'], Record<string, unknown>> = true;
export const thumbnailUrlIsString: Same<Video['thumbnailUrl'], string | null> = true;
export const videoFileIsFile: Same<NonNullable<CreateTaskInput['videoFile']>, File> = true;
export const statusIsLiteral: Same<Extract<TaskStatus, 'READY'>, 'READY'> = true;

/** A document carries its types into a fetch of one's own. */
export async function run(variables: ScalarsQueryVariables): Promise<ScalarsQuery> {
  const body = JSON.stringify({ query: ScalarsDocument.toString(), variables });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch('http://127.0.0.1:4000/graphql', { method: 'POST', headers, body });
  const { data }: { data: ScalarsQuery } = await response.json();
  return data;
}
