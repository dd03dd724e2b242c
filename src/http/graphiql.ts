import type { GraphiQLOptions } from 'graphql-yoga';

// Without variables: GraphiQL 5 does not show those of the first tab.
const CREATE_INDEX = `# 1. An index is a collection of videos.
#    Run this with Ctrl-Enter, and keep the id
#    of the answer. Where the server wants an
#    API key, put it into "Headers" below, in
#    each tab.
mutation CreateIndex {
  createIndex(input: { name: "films" }) {
    ... on Index {
      id
      model {
        name
      }
    }
    ... on Error {
      code
      message
    }
  }
}
`;

const UPLOAD = `# 2. The server downloads a video into an index.
#    Put the id of the index into "Variables",
#    and an address that the file itself is at.
#    Keep the id of the answer.
mutation Upload($indexId: ID!, $videoUrl: URL!) {
  createTask(input: { indexId: $indexId, videoUrl: $videoUrl }) {
    ... on Task {
      id
      status
    }
    ... on Error {
      code
      message
    }
  }
}
`;

const FOLLOW = `# 3. The task as it is, then whenever it changes,
#    until it is READY, FAILED or CANCELED:
#    a subscription, over WebSocket.
subscription Follow($taskId: ID!) {
  taskUpdated(id: $taskId) {
    status
    progress
    estimatedTime
    failure {
      code
      message
      actual
      allowed
    }
    video {
      id
    }
  }
}
`;

const SEARCH = `# 4. Moments of the videos that are like the
#    words, the best first.
query Search($indexId: ID!, $text: String!) {
  search(input: { indexIds: [$indexId], text: $text }, first: 10) {
    ... on SearchConnection {
      edges {
        rank
        node {
          score
          modality
          startOffset
          endOffset
          text
          thumbnailUrl
          video {
            id
            url
            metadata {
              filename
            }
          }
        }
      }
    }
    ... on Error {
      code
      message
    }
  }
}
`;

/** Also sent as connection parameters of the WebSocket. An empty one is none. */
const HEADERS = JSON.stringify({ 'x-api-key': '' }, null, 2);

const tab = (query: string, variables: Record<string, string>) => ({
  query,
  variables: JSON.stringify(variables, null, 2),
  headers: HEADERS,
});

/** GraphiQL with the way of a video as tabs, in their order. */
export const GRAPHIQL = {
  title: 'Reelgraph',
  subscriptionsProtocol: 'WS',
  defaultHeaders: HEADERS,
  defaultTabs: [
    { query: CREATE_INDEX, headers: HEADERS },
    tab(UPLOAD, { indexId: '', videoUrl: 'https://example.org/film.mp4' }),
    tab(FOLLOW, { taskId: '' }),
    tab(SEARCH, { indexId: '', text: 'lighthouse' }),
  ],
  defaultEditorToolsVisibility: 'variables',
  // A key is not to stay in the browser's storage without being asked for.
  shouldPersistHeaders: false,
} satisfies GraphiQLOptions;
