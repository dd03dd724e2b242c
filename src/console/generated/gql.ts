/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query IndexList {\n    indexes(first: 100) {\n      pageInfo {\n        hasNextPage\n      }\n      edges {\n        node {\n          id\n          name\n          videoCount\n          modalities\n          model {\n            name\n            modalities {\n              modality\n              textQueries\n              imageQueries\n              vocabulary\n            }\n          }\n          validation {\n            minDuration\n            maxDuration\n            minHeight\n            maxHeight\n            maxFileSize\n            requireAudio\n          }\n        }\n      }\n    }\n  }\n": typeof types.IndexListDocument,
    "\n  query ModelList {\n    models {\n      name\n      installed\n    }\n  }\n": typeof types.ModelListDocument,
    "\n  fragment TaskFields on Task {\n    id\n    status\n    progress\n    estimatedTime\n    attempt\n    source\n    createdAt\n    failure {\n      code\n      message\n      actual\n      allowed\n    }\n    metadata {\n      filename\n    }\n    video {\n      id\n    }\n  }\n": typeof types.TaskFieldsFragmentDoc,
    "\n  query TaskList($indexId: ID!) {\n    # The oldest first: that is the order in which they get their turns.\n    unfinished: tasks(\n      first: 100\n      filter: { indexId: $indexId, status: [UPLOADING, VALIDATING, PENDING, QUEUED, INDEXING] }\n      orderBy: { field: CREATED_AT, direction: ASC }\n    ) {\n      edges {\n        node {\n          ...TaskFields\n        }\n      }\n    }\n    index(id: $indexId) {\n      id\n      tasks(first: 30) {\n        edges {\n          node {\n            ...TaskFields\n          }\n        }\n      }\n    }\n  }\n": typeof types.TaskListDocument,
    "\n  subscription TasksUpdated($indexId: ID!) {\n    tasksUpdated(indexId: $indexId) {\n      ...TaskFields\n    }\n  }\n": typeof types.TasksUpdatedDocument,
    "\n  fragment SceneFields on SegmentConnection {\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      node {\n        scope\n        startOffset\n        endOffset\n        thumbnailUrl\n      }\n    }\n  }\n": typeof types.SceneFieldsFragmentDoc,
    "\n  query SceneList($id: ID!, $after: String) {\n    video(id: $id) {\n      id\n      segments(first: 100, after: $after, modalities: [VISUAL]) {\n        ...SceneFields\n      }\n    }\n  }\n": typeof types.SceneListDocument,
    "\n  query VideoList($indexId: ID!, $after: String) {\n    index(id: $indexId) {\n      id\n      videos(first: 10, after: $after) {\n        totalCount\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        edges {\n          node {\n            id\n            url\n            thumbnailUrl\n            createdAt\n            metadata {\n              filename\n              duration\n              width\n              height\n            }\n            segments(first: 100, modalities: [VISUAL]) {\n              ...SceneFields\n            }\n          }\n        }\n      }\n    }\n  }\n": typeof types.VideoListDocument,
    "\n  query Transcript($id: ID!) {\n    video(id: $id) {\n      id\n      transcript {\n        startOffset\n        endOffset\n        text\n      }\n    }\n  }\n": typeof types.TranscriptDocument,
    "\n  query Search($input: SearchInput!) {\n    search(input: $input, first: 24) {\n      ... on SearchConnection {\n        edges {\n          rank\n          node {\n            startOffset\n            endOffset\n            score\n            modality\n            text\n            thumbnailUrl\n            video {\n              id\n              url\n              metadata {\n                filename\n                duration\n                width\n                height\n              }\n            }\n          }\n        }\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n": typeof types.SearchDocument,
    "\n  mutation CreateIndex($input: CreateIndexInput!) {\n    createIndex(input: $input) {\n      ... on Index {\n        id\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n": typeof types.CreateIndexDocument,
    "\n  mutation CreateTask($input: CreateTaskInput!) {\n    createTask(input: $input) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n": typeof types.CreateTaskDocument,
    "\n  mutation CancelTask($id: ID!) {\n    cancelTask(id: $id) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": typeof types.CancelTaskDocument,
    "\n  mutation RetryTask($id: ID!) {\n    retryTask(id: $id) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": typeof types.RetryTaskDocument,
    "\n  mutation DeleteTask($id: ID!) {\n    deleteTask(id: $id) {\n      ... on Deleted {\n        id\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": typeof types.DeleteTaskDocument,
    "\n  mutation DeleteVideo($id: ID!) {\n    deleteVideo(id: $id) {\n      ... on Deleted {\n        id\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": typeof types.DeleteVideoDocument,
};
const documents: Documents = {
    "\n  query IndexList {\n    indexes(first: 100) {\n      pageInfo {\n        hasNextPage\n      }\n      edges {\n        node {\n          id\n          name\n          videoCount\n          modalities\n          model {\n            name\n            modalities {\n              modality\n              textQueries\n              imageQueries\n              vocabulary\n            }\n          }\n          validation {\n            minDuration\n            maxDuration\n            minHeight\n            maxHeight\n            maxFileSize\n            requireAudio\n          }\n        }\n      }\n    }\n  }\n": types.IndexListDocument,
    "\n  query ModelList {\n    models {\n      name\n      installed\n    }\n  }\n": types.ModelListDocument,
    "\n  fragment TaskFields on Task {\n    id\n    status\n    progress\n    estimatedTime\n    attempt\n    source\n    createdAt\n    failure {\n      code\n      message\n      actual\n      allowed\n    }\n    metadata {\n      filename\n    }\n    video {\n      id\n    }\n  }\n": types.TaskFieldsFragmentDoc,
    "\n  query TaskList($indexId: ID!) {\n    # The oldest first: that is the order in which they get their turns.\n    unfinished: tasks(\n      first: 100\n      filter: { indexId: $indexId, status: [UPLOADING, VALIDATING, PENDING, QUEUED, INDEXING] }\n      orderBy: { field: CREATED_AT, direction: ASC }\n    ) {\n      edges {\n        node {\n          ...TaskFields\n        }\n      }\n    }\n    index(id: $indexId) {\n      id\n      tasks(first: 30) {\n        edges {\n          node {\n            ...TaskFields\n          }\n        }\n      }\n    }\n  }\n": types.TaskListDocument,
    "\n  subscription TasksUpdated($indexId: ID!) {\n    tasksUpdated(indexId: $indexId) {\n      ...TaskFields\n    }\n  }\n": types.TasksUpdatedDocument,
    "\n  fragment SceneFields on SegmentConnection {\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      node {\n        scope\n        startOffset\n        endOffset\n        thumbnailUrl\n      }\n    }\n  }\n": types.SceneFieldsFragmentDoc,
    "\n  query SceneList($id: ID!, $after: String) {\n    video(id: $id) {\n      id\n      segments(first: 100, after: $after, modalities: [VISUAL]) {\n        ...SceneFields\n      }\n    }\n  }\n": types.SceneListDocument,
    "\n  query VideoList($indexId: ID!, $after: String) {\n    index(id: $indexId) {\n      id\n      videos(first: 10, after: $after) {\n        totalCount\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        edges {\n          node {\n            id\n            url\n            thumbnailUrl\n            createdAt\n            metadata {\n              filename\n              duration\n              width\n              height\n            }\n            segments(first: 100, modalities: [VISUAL]) {\n              ...SceneFields\n            }\n          }\n        }\n      }\n    }\n  }\n": types.VideoListDocument,
    "\n  query Transcript($id: ID!) {\n    video(id: $id) {\n      id\n      transcript {\n        startOffset\n        endOffset\n        text\n      }\n    }\n  }\n": types.TranscriptDocument,
    "\n  query Search($input: SearchInput!) {\n    search(input: $input, first: 24) {\n      ... on SearchConnection {\n        edges {\n          rank\n          node {\n            startOffset\n            endOffset\n            score\n            modality\n            text\n            thumbnailUrl\n            video {\n              id\n              url\n              metadata {\n                filename\n                duration\n                width\n                height\n              }\n            }\n          }\n        }\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n": types.SearchDocument,
    "\n  mutation CreateIndex($input: CreateIndexInput!) {\n    createIndex(input: $input) {\n      ... on Index {\n        id\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n": types.CreateIndexDocument,
    "\n  mutation CreateTask($input: CreateTaskInput!) {\n    createTask(input: $input) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n": types.CreateTaskDocument,
    "\n  mutation CancelTask($id: ID!) {\n    cancelTask(id: $id) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": types.CancelTaskDocument,
    "\n  mutation RetryTask($id: ID!) {\n    retryTask(id: $id) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": types.RetryTaskDocument,
    "\n  mutation DeleteTask($id: ID!) {\n    deleteTask(id: $id) {\n      ... on Deleted {\n        id\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": types.DeleteTaskDocument,
    "\n  mutation DeleteVideo($id: ID!) {\n    deleteVideo(id: $id) {\n      ... on Deleted {\n        id\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": types.DeleteVideoDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query IndexList {\n    indexes(first: 100) {\n      pageInfo {\n        hasNextPage\n      }\n      edges {\n        node {\n          id\n          name\n          videoCount\n          modalities\n          model {\n            name\n            modalities {\n              modality\n              textQueries\n              imageQueries\n              vocabulary\n            }\n          }\n          validation {\n            minDuration\n            maxDuration\n            minHeight\n            maxHeight\n            maxFileSize\n            requireAudio\n          }\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query IndexList {\n    indexes(first: 100) {\n      pageInfo {\n        hasNextPage\n      }\n      edges {\n        node {\n          id\n          name\n          videoCount\n          modalities\n          model {\n            name\n            modalities {\n              modality\n              textQueries\n              imageQueries\n              vocabulary\n            }\n          }\n          validation {\n            minDuration\n            maxDuration\n            minHeight\n            maxHeight\n            maxFileSize\n            requireAudio\n          }\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ModelList {\n    models {\n      name\n      installed\n    }\n  }\n"): (typeof documents)["\n  query ModelList {\n    models {\n      name\n      installed\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment TaskFields on Task {\n    id\n    status\n    progress\n    estimatedTime\n    attempt\n    source\n    createdAt\n    failure {\n      code\n      message\n      actual\n      allowed\n    }\n    metadata {\n      filename\n    }\n    video {\n      id\n    }\n  }\n"): (typeof documents)["\n  fragment TaskFields on Task {\n    id\n    status\n    progress\n    estimatedTime\n    attempt\n    source\n    createdAt\n    failure {\n      code\n      message\n      actual\n      allowed\n    }\n    metadata {\n      filename\n    }\n    video {\n      id\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query TaskList($indexId: ID!) {\n    # The oldest first: that is the order in which they get their turns.\n    unfinished: tasks(\n      first: 100\n      filter: { indexId: $indexId, status: [UPLOADING, VALIDATING, PENDING, QUEUED, INDEXING] }\n      orderBy: { field: CREATED_AT, direction: ASC }\n    ) {\n      edges {\n        node {\n          ...TaskFields\n        }\n      }\n    }\n    index(id: $indexId) {\n      id\n      tasks(first: 30) {\n        edges {\n          node {\n            ...TaskFields\n          }\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query TaskList($indexId: ID!) {\n    # The oldest first: that is the order in which they get their turns.\n    unfinished: tasks(\n      first: 100\n      filter: { indexId: $indexId, status: [UPLOADING, VALIDATING, PENDING, QUEUED, INDEXING] }\n      orderBy: { field: CREATED_AT, direction: ASC }\n    ) {\n      edges {\n        node {\n          ...TaskFields\n        }\n      }\n    }\n    index(id: $indexId) {\n      id\n      tasks(first: 30) {\n        edges {\n          node {\n            ...TaskFields\n          }\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription TasksUpdated($indexId: ID!) {\n    tasksUpdated(indexId: $indexId) {\n      ...TaskFields\n    }\n  }\n"): (typeof documents)["\n  subscription TasksUpdated($indexId: ID!) {\n    tasksUpdated(indexId: $indexId) {\n      ...TaskFields\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment SceneFields on SegmentConnection {\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      node {\n        scope\n        startOffset\n        endOffset\n        thumbnailUrl\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment SceneFields on SegmentConnection {\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    edges {\n      node {\n        scope\n        startOffset\n        endOffset\n        thumbnailUrl\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SceneList($id: ID!, $after: String) {\n    video(id: $id) {\n      id\n      segments(first: 100, after: $after, modalities: [VISUAL]) {\n        ...SceneFields\n      }\n    }\n  }\n"): (typeof documents)["\n  query SceneList($id: ID!, $after: String) {\n    video(id: $id) {\n      id\n      segments(first: 100, after: $after, modalities: [VISUAL]) {\n        ...SceneFields\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query VideoList($indexId: ID!, $after: String) {\n    index(id: $indexId) {\n      id\n      videos(first: 10, after: $after) {\n        totalCount\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        edges {\n          node {\n            id\n            url\n            thumbnailUrl\n            createdAt\n            metadata {\n              filename\n              duration\n              width\n              height\n            }\n            segments(first: 100, modalities: [VISUAL]) {\n              ...SceneFields\n            }\n          }\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query VideoList($indexId: ID!, $after: String) {\n    index(id: $indexId) {\n      id\n      videos(first: 10, after: $after) {\n        totalCount\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n        edges {\n          node {\n            id\n            url\n            thumbnailUrl\n            createdAt\n            metadata {\n              filename\n              duration\n              width\n              height\n            }\n            segments(first: 100, modalities: [VISUAL]) {\n              ...SceneFields\n            }\n          }\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Transcript($id: ID!) {\n    video(id: $id) {\n      id\n      transcript {\n        startOffset\n        endOffset\n        text\n      }\n    }\n  }\n"): (typeof documents)["\n  query Transcript($id: ID!) {\n    video(id: $id) {\n      id\n      transcript {\n        startOffset\n        endOffset\n        text\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Search($input: SearchInput!) {\n    search(input: $input, first: 24) {\n      ... on SearchConnection {\n        edges {\n          rank\n          node {\n            startOffset\n            endOffset\n            score\n            modality\n            text\n            thumbnailUrl\n            video {\n              id\n              url\n              metadata {\n                filename\n                duration\n                width\n                height\n              }\n            }\n          }\n        }\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Search($input: SearchInput!) {\n    search(input: $input, first: 24) {\n      ... on SearchConnection {\n        edges {\n          rank\n          node {\n            startOffset\n            endOffset\n            score\n            modality\n            text\n            thumbnailUrl\n            video {\n              id\n              url\n              metadata {\n                filename\n                duration\n                width\n                height\n              }\n            }\n          }\n        }\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateIndex($input: CreateIndexInput!) {\n    createIndex(input: $input) {\n      ... on Index {\n        id\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateIndex($input: CreateIndexInput!) {\n    createIndex(input: $input) {\n      ... on Index {\n        id\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateTask($input: CreateTaskInput!) {\n    createTask(input: $input) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateTask($input: CreateTaskInput!) {\n    createTask(input: $input) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n      ... on InvalidInputError {\n        issues {\n          message\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelTask($id: ID!) {\n    cancelTask(id: $id) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CancelTask($id: ID!) {\n    cancelTask(id: $id) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryTask($id: ID!) {\n    retryTask(id: $id) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation RetryTask($id: ID!) {\n    retryTask(id: $id) {\n      ... on Task {\n        ...TaskFields\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteTask($id: ID!) {\n    deleteTask(id: $id) {\n      ... on Deleted {\n        id\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteTask($id: ID!) {\n    deleteTask(id: $id) {\n      ... on Deleted {\n        id\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteVideo($id: ID!) {\n    deleteVideo(id: $id) {\n      ... on Deleted {\n        id\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteVideo($id: ID!) {\n    deleteVideo(id: $id) {\n      ... on Deleted {\n        id\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;