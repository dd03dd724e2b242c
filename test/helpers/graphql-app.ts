import assert from 'node:assert/strict';
import { type ExecutionResult, execute, parse, subscribe, validate } from 'graphql';
import type { App } from '../../src/app.ts';
import type { Caller } from '../../src/domain/callers.ts';
import type { Env } from '../../src/env.ts';
import { createContext } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createTestApp } from './app.ts';

type Variables = Record<string, unknown>;

/** The schema on an app of its own without workers, without a server in between. */
export interface GraphQLApp extends AsyncDisposable {
  app: App;
  /** Executes a document as the tenant `default` or another one; errors are part of the result. */
  execute(document: string, variables?: Variables, tenant?: string): Promise<ExecutionResult>;
  /** Executes a document that must not have errors, and resolves to its data. */
  query<Data = unknown>(document: string, variables?: Variables, tenant?: string): Promise<Data>;
  /** The data of each event; fails where the subscription is refused. */
  subscribe<Data = unknown>(document: string, variables?: Variables): Promise<AsyncIterableIterator<Data>>;
  /** Executes a subscription that must be refused, and resolves to its errors. */
  refused(document: string, variables?: Variables, tenant?: string): Promise<ExecutionResult>;
  /** The statements that the database is asked for outside of transactions while `work` runs. */
  statementsOf(work: () => Promise<unknown>): Promise<string[]>;
}

/** Where the tests' absolute URLs begin. */
export const ORIGIN = 'http://reelgraph.test:4000';

export async function createGraphQLApp(env: Partial<Env> = {}): Promise<GraphQLApp> {
  const testApp = await createTestApp({ env });
  const { app } = testApp;

  const argumentsOf = (text: string, variableValues: Variables, tenant: string) => {
    const document = parse(text);
    assert.deepEqual(validate(schema, document), []);
    const caller: Caller = { tenant, role: 'admin', keyId: null };
    const contextValue = createContext(app, { caller, origin: ORIGIN, linkKey: null });
    return { schema, document, variableValues, contextValue };
  };
  const run: GraphQLApp['execute'] = async (text, variables = {}, tenant = 'default') =>
    execute(argumentsOf(text, variables, tenant));

  return {
    app,
    execute: run,
    async query<Data>(text: string, variables?: Variables, tenant?: string) {
      const { data, errors } = await run(text, variables, tenant);
      if (errors?.[0]) throw errors[0].originalError ?? errors[0];
      // The results of graphql-js have no prototype, which a deep comparison minds.
      return JSON.parse(JSON.stringify(data)) as Data;
    },
    async subscribe<Data>(text: string, variables: Variables = {}) {
      const events = await subscribe(argumentsOf(text, variables, 'default'));
      if (!(Symbol.asyncIterator in events)) throw events.errors?.[0];
      return dataOf<Data>(events);
    },
    async refused(text, variables = {}, tenant = 'default') {
      const result = await subscribe(argumentsOf(text, variables, tenant));
      assert.ok('errors' in result, 'the subscription was accepted');
      return result;
    },
    async statementsOf(work) {
      const statements: string[] = [];
      const { session } = app.db.orm as unknown as { session: { logger: { logQuery(query: string): void } } };
      // Queries that were prepared before have this very logger.
      const { logger } = session;
      const { logQuery } = logger;
      logger.logQuery = (query) => statements.push(query);
      await work().finally(() => {
        logger.logQuery = logQuery;
      });
      return statements;
    },
    [Symbol.asyncDispose]: () => testApp[Symbol.asyncDispose](),
  };
}

function dataOf<Data>(events: AsyncGenerator<ExecutionResult, void>): AsyncIterableIterator<Data> {
  return {
    async next() {
      const { done, value } = await events.next();
      if (done) return { done: true, value: undefined };
      if (value.errors?.[0]) throw value.errors[0].originalError ?? value.errors[0];
      return { done: false, value: JSON.parse(JSON.stringify(value.data)) as Data };
    },
    return: async () => {
      await events.return();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
