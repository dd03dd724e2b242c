import { graphql } from '../generated/gql.ts';

/*
 * Everything that the console asks the API for. `npm run codegen` makes their types.
 */

/** The indexes to choose from, and what the chosen one can be asked. */
export const IndexList = graphql(/* GraphQL */ `
  query IndexList {
    indexes(first: 100) {
      pageInfo {
        hasNextPage
      }
      edges {
        node {
          id
          name
          videoCount
          modalities
          model {
            name
            modalities {
              modality
              textQueries
              imageQueries
              vocabulary
            }
          }
          validation {
            minDuration
            maxDuration
            minHeight
            maxHeight
            maxFileSize
            requireAudio
          }
        }
      }
    }
  }
`);

export const ModelList = graphql(/* GraphQL */ `
  query ModelList {
    models {
      name
      installed
    }
  }
`);

graphql(/* GraphQL */ `
  fragment TaskFields on Task {
    id
    status
    progress
    estimatedTime
    attempt
    source
    createdAt
    failure {
      code
      message
      actual
      allowed
    }
    metadata {
      filename
    }
    video {
      id
    }
  }
`);

export const TaskList = graphql(/* GraphQL */ `
  query TaskList($indexId: ID!) {
    # The oldest first: that is the order in which they get their turns.
    unfinished: tasks(
      first: 100
      filter: { indexId: $indexId, status: [UPLOADING, VALIDATING, PENDING, QUEUED, INDEXING] }
      orderBy: { field: CREATED_AT, direction: ASC }
    ) {
      edges {
        node {
          ...TaskFields
        }
      }
    }
    index(id: $indexId) {
      id
      tasks(first: 30) {
        edges {
          node {
            ...TaskFields
          }
        }
      }
    }
  }
`);

export const TasksUpdated = graphql(/* GraphQL */ `
  subscription TasksUpdated($indexId: ID!) {
    tasksUpdated(indexId: $indexId) {
      ...TaskFields
    }
  }
`);

graphql(/* GraphQL */ `
  fragment SceneFields on SegmentConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        scope
        startOffset
        endOffset
        thumbnailUrl
      }
    }
  }
`);

/** The scenes of a video after those that its list tells of. */
export const SceneList = graphql(/* GraphQL */ `
  query SceneList($id: ID!, $after: String) {
    video(id: $id) {
      id
      segments(first: 100, after: $after, modalities: [VISUAL]) {
        ...SceneFields
      }
    }
  }
`);

export const VideoList = graphql(/* GraphQL */ `
  query VideoList($indexId: ID!, $after: String) {
    index(id: $indexId) {
      id
      videos(first: 10, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        edges {
          node {
            id
            url
            thumbnailUrl
            createdAt
            metadata {
              filename
              duration
              width
              height
            }
            segments(first: 100, modalities: [VISUAL]) {
              ...SceneFields
            }
          }
        }
      }
    }
  }
`);

export const Transcript = graphql(/* GraphQL */ `
  query Transcript($id: ID!) {
    video(id: $id) {
      id
      transcript {
        startOffset
        endOffset
        text
      }
    }
  }
`);

export const Search = graphql(/* GraphQL */ `
  query Search($input: SearchInput!) {
    search(input: $input, first: 24) {
      ... on SearchConnection {
        edges {
          rank
          node {
            startOffset
            endOffset
            score
            modality
            text
            thumbnailUrl
            video {
              id
              url
              metadata {
                filename
                duration
                width
                height
              }
            }
          }
        }
      }
      ... on Error {
        message
      }
      ... on InvalidInputError {
        issues {
          message
        }
      }
    }
  }
`);

export const CreateIndex = graphql(/* GraphQL */ `
  mutation CreateIndex($input: CreateIndexInput!) {
    createIndex(input: $input) {
      ... on Index {
        id
      }
      ... on Error {
        message
      }
      ... on InvalidInputError {
        issues {
          message
        }
      }
    }
  }
`);

export const CreateTask = graphql(/* GraphQL */ `
  mutation CreateTask($input: CreateTaskInput!) {
    createTask(input: $input) {
      ... on Task {
        ...TaskFields
      }
      ... on Error {
        message
      }
      ... on InvalidInputError {
        issues {
          message
        }
      }
    }
  }
`);

export const CancelTask = graphql(/* GraphQL */ `
  mutation CancelTask($id: ID!) {
    cancelTask(id: $id) {
      ... on Task {
        ...TaskFields
      }
      ... on Error {
        message
      }
    }
  }
`);

export const RetryTask = graphql(/* GraphQL */ `
  mutation RetryTask($id: ID!) {
    retryTask(id: $id) {
      ... on Task {
        ...TaskFields
      }
      ... on Error {
        message
      }
    }
  }
`);

export const DeleteTask = graphql(/* GraphQL */ `
  mutation DeleteTask($id: ID!) {
    deleteTask(id: $id) {
      ... on Deleted {
        id
      }
      ... on Error {
        message
      }
    }
  }
`);

export const DeleteVideo = graphql(/* GraphQL */ `
  mutation DeleteVideo($id: ID!) {
    deleteVideo(id: $id) {
      ... on Deleted {
        id
      }
      ... on Error {
        message
      }
    }
  }
`);
