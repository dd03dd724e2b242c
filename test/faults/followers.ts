import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

interface State {
  status: string;
  progress: number;
}

/** What a subscriber was told of a task, from the first state to the last. */
export type Story = State[];

const QUERY = 'subscription ($id: ID!) { taskUpdated(id: $id) { status progress history { status } index { name } } }';
const ORDER = ['UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'];

/** Subscribers over WebSockets of their own, which are not connected again when they are lost. */
export interface Followers {
  /** Resolves, at the end of the subscription, to all that was told. @param id the global one */
  follow(id: string): Promise<Story>;
  /** How the server closed its sockets, by code. */
  readonly closed: number[];
  close(): Promise<void>;
}

export function createFollowers(url: string, sockets: number): Followers {
  const closed: number[] = [];
  const clients = Array.from({ length: sockets }, () =>
    createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: false,
      retryAttempts: 0,
      // The loss is told to the subscriptions, too.
      onNonLazyError: () => {},
      on: { closed: (event) => closed.push((event as { code: number }).code) },
    }),
  );
  let next = 0;
  return {
    closed,
    async follow(id) {
      next += 1;
      const client = clients[next % sockets] ?? assert.fail();
      const story: Story = [];
      for await (const { data, errors } of client.iterate<{ taskUpdated: State }>({
        query: QUERY,
        variables: { id },
      })) {
        assert.equal(errors, undefined);
        if (data) story.push(data.taskUpdated);
      }
      return story;
    },
    async close() {
      await Promise.all(clients.map((client) => client.dispose()));
    },
  };
}

/** Fails unless every state was told once and in order, from whichever was the first one, up to READY. */
export function assertWholeStory(story: Story): void {
  const entered = story.filter(({ status }, n) => status !== story[n - 1]?.status).map(({ status }) => status);
  assert.deepEqual(entered, ORDER.slice(ORDER.indexOf(entered[0] ?? '')));
  for (const [n, { progress }] of story.entries()) assert.ok(progress >= (story[n - 1]?.progress ?? 0));
}
