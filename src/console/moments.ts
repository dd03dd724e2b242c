import type { IndexListQuery, SearchQuery, TaskFieldsFragment, VideoListQuery } from './generated/graphql.ts';

/** An index as the picker knows it. */
export type IndexSummary = IndexListQuery['indexes']['edges'][number]['node'];
export type Task = TaskFieldsFragment;
export type Video = NonNullable<VideoListQuery['index']>['videos']['edges'][number]['node'];
export type Hit = Extract<SearchQuery['search'], { edges: unknown }>['edges'][number]['node'];

/** A place in a video. */
export interface Moment {
  video: { id: string; url: string | null; metadata: { filename: string } };
  startOffset: number;
  thumbnailUrl: string | null;
}

/** What is looked for: words, a picture, or what is like a moment. */
export type Wanted =
  | { kind: 'words'; text: string }
  | { kind: 'image'; file: File }
  | { kind: 'moment'; moment: Moment };

/** What can be done with a moment, wherever it is shown. */
export interface MomentActions {
  onPlay(moment: Moment): void;
  onLike(moment: Moment): void;
}
