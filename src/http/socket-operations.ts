import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { GraphQLParams } from 'graphql-yoga';
import type { App } from '../app.ts';
import type { createGraphQLEndpoint, Guards } from './graphql.ts';
import type { Identity } from './keyring.ts';
import { limitExceeded } from './limit-exceeded.ts';
import { toClientError } from './mask-error.ts';

/** An operation that comes over a WebSocket. */
interface SocketOperation {
  payload: SubscribePayload;
  /** The request that opened the WebSocket. */
  request: IncomingMessage;
  /** Whose the WebSocket is; undefined once it is being closed. */
  identity: Identity | undefined;
  /** Operations that run on it, this one among them. */
  running: number;
}

/**
 * Prepares an operation with the endpoint's own plugins, as one over HTTP is.
 * @returns its arguments, of which `rootValue` has the functions to run it with; or why it is not run
 */
export async function prepareOperation(
  app: App,
  endpoint: ReturnType<typeof createGraphQLEndpoint>,
  { keyring, rateLimit, documents }: Guards,
  { payload, request: req, identity, running }: SocketOperation,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    // A client may go on sending while its socket is being closed, or is about to be.
    if (!identity || !(await keyring.isGood(identity)))
      return [new GraphQLError('The socket is closed.', { extensions: { code: 'UNAUTHENTICATED' } })];
    // First of all: what is over the limits is not to cost anything.
    await rateLimit?.take(identity.caller.tenant);
    const most = app.env.MAX_SUBSCRIPTIONS;
    if (running > most) throw limitExceeded('number of operations on this connection', running, most);
    const params = (await documents?.resolve(payload as GraphQLParams)) ?? payload;
    const url = new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`);
    // Mutations may come this way, which a GET would rule out: other sites were turned away with the socket.
    const request = new Request(url, { method: 'POST' });
    const enveloped = endpoint.getEnveloped({ req, request, params, identity } as never);
    const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped;
    const document = parse(params.query ?? '');
    const faults = validate(schema, document);
    if (faults.length > 0) return faults;
    // graphql-ws would answer the same, and never come to run it.
    if (!getOperationAST(document, params.operationName)) return [new GraphQLError('Unable to identify operation')];
    return {
      schema,
      document,
      operationName: params.operationName,
      variableValues: params.variables,
      contextValue: await contextFactory(),
      rootValue: { execute, subscribe },
    } as never;
  } catch (error) {
    // A throw would close the socket, and end the other operations on it.
    return [toClientError(app, error)];
  }
}
