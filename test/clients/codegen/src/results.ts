import type {
  CancelEmbeddingTaskMutation,
  CancelReindexMutation,
  CreateEmbeddingTaskMutation,
  CreateIndexMutation,
  CreateTaskMutation,
  DeleteVideoMutation,
  EmbedMutation,
  InvalidFragment,
  LimitFragment,
  RefusalFragment,
  ReindexIndexMutation,
  RetryTaskMutation,
  SearchQuery,
  UpdateIndexMutation,
  UpdateVideoMutation,
} from './generated/graphql';

/* A user's code, which says something about every member of every result; it compiles only if none is left out. */

type Failure =
  | (RefusalFragment & { __typename: 'ConflictError' | 'NotFoundError' })
  | (InvalidFragment & { __typename: 'InvalidInputError' })
  | (LimitFragment & { __typename: 'LimitExceededError' });

function describeFailure(failure: Failure): string {
  switch (failure.__typename) {
    case 'ConflictError':
    case 'NotFoundError':
      return `${failure.code}: ${failure.message}`;
    case 'InvalidInputError':
      return failure.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
    case 'LimitExceededError':
      return failure.retryAfter === null ? failure.limit : `again in ${failure.retryAfter.toFixed()} s`;
    default:
      return unheardOf(failure);
  }
}

/** Does not compile where anything can get here. */
function unheardOf(member: never): never {
  throw new Error(`The server is newer than this code: ${JSON.stringify(member)}`);
}

export function describeCreateIndex({ result }: CreateIndexMutation): string {
  switch (result.__typename) {
    case 'Index':
      return `${result.name} of ${new Date(result.createdAt).getFullYear()}`;
    case 'ConflictError':
    case 'InvalidInputError':
    case 'LimitExceededError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeUpdateIndex({ result }: UpdateIndexMutation): string {
  switch (result.__typename) {
    case 'Index':
      return `up to ${result.validation.maxFileSize.toFixed()} bytes`;
    case 'ConflictError':
    case 'InvalidInputError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeCreateTask({ result }: CreateTaskMutation): string {
  switch (result.__typename) {
    case 'Task':
      return result.status;
    case 'ConflictError':
    case 'InvalidInputError':
    case 'LimitExceededError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeRetryTask({ result }: RetryTaskMutation): string {
  switch (result.__typename) {
    case 'Task':
      return `attempt ${result.attempt.toFixed()}`;
    case 'ConflictError':
    case 'LimitExceededError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeUpdateVideo({ result }: UpdateVideoMutation): string {
  switch (result.__typename) {
    case 'Video':
      return Object.keys(result.userMetadata).join(' ') + (result.thumbnailUrl ?? '');
    case 'InvalidInputError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeDeleteVideo({ result }: DeleteVideoMutation): string {
  switch (result.__typename) {
    case 'Deleted':
      return result.id;
    case 'ConflictError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeCreateEmbeddingTask({ result }: CreateEmbeddingTaskMutation): string {
  switch (result.__typename) {
    case 'EmbeddingTask':
      return result.progress.toFixed(2);
    case 'ConflictError':
    case 'InvalidInputError':
    case 'LimitExceededError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeCancelEmbeddingTask({ result }: CancelEmbeddingTaskMutation): string {
  switch (result.__typename) {
    case 'EmbeddingTask':
      return result.updatedAt;
    case 'ConflictError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeEmbed({ result }: EmbedMutation): string {
  switch (result.__typename) {
    case 'Embedding':
      return result.vector.map((value) => value.toFixed(3)).join(' ');
    case 'InvalidInputError':
    case 'LimitExceededError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeReindexIndex({ result }: ReindexIndexMutation): string {
  switch (result.__typename) {
    case 'Reindex':
      return `${result.videoCount.toFixed()} videos`;
    case 'ConflictError':
    case 'InvalidInputError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeCancelReindex({ result }: CancelReindexMutation): string {
  switch (result.__typename) {
    case 'Reindex':
      return result.status;
    case 'ConflictError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}

export function describeSearch({ result }: SearchQuery): string {
  switch (result.__typename) {
    case 'SearchConnection':
      return result.edges.map(({ rank, node }) => `${rank}: ${node.score.toFixed(3)}`).join('\n');
    case 'InvalidInputError':
    case 'NotFoundError':
      return describeFailure(result);
    default:
      return unheardOf(result);
  }
}
