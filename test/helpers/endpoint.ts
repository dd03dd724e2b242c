import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { App } from '../../src/app.ts';
import { createGraphQLEndpoint } from '../../src/http/graphql.ts';
import { createKeyring } from '../../src/http/keyring.ts';

/** The GraphQL endpoint without a server. */
export interface TestEndpoint extends AsyncDisposable {
  /** Answers a request to `/graphql`. */
  send(init: RequestInit): Promise<Response>;
}

/** @param options.keyless whether it is as on loopback, where nobody needs a key as long as there is none */
export function openEndpoint(app: App, options = { keyless: true }): TestEndpoint {
  const keyring = createKeyring(app, options);
  const endpoint = createGraphQLEndpoint(app, { keyring, rateLimit: undefined, documents: undefined });
  return {
    async send(init) {
      const req = new IncomingMessage(new Socket());
      if (init.body) req.push(init.body);
      req.push(null);
      const res = new ServerResponse(req);
      const answer = await endpoint.fetch('http://reelgraph.test/graphql', init, { req, res } as never);
      res.emit('close');
      return answer;
    },
    async [Symbol.asyncDispose]() {
      keyring.close();
      await endpoint.dispose();
    },
  };
}
