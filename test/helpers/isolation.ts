import { type GraphQLField, GraphQLID, type GraphQLInputType, getNamedType, isInputObjectType } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';
import { schema } from '../../src/graphql/schema.ts';
import { type Arguments, CASES } from './isolation-cases.ts';
import { selectAll } from './select-all.ts';
import { OWNER, type Things } from './two-tenants.ts';

const ROOTS = {
  query: schema.getQueryType(),
  mutation: schema.getMutationType(),
  subscription: schema.getSubscriptionType(),
};

/** Settings under which a document may ask for all that there is. */
export const UNLIMITED_DOCUMENTS = {
  MAX_ALIASES: 10_000,
  MAX_COMPLEXITY: 1_000_000_000,
  MAX_DEPTH: 100,
  MAX_TOKENS: 100_000,
};

/** A field of a root type. */
export interface RootField {
  operation: string;
  field: GraphQLField<unknown, unknown>;
}

/** Every field of the three root types. */
export const ROOT_FIELDS: RootField[] = Object.entries(ROOTS).flatMap(([operation, type]) =>
  Object.values(type?.getFields() ?? {}).map((field) => ({ operation, field })),
);

/** The places among a field's arguments where an id is taken, such as `input.indexIds`. */
export function idPlaces(field: GraphQLField<unknown, unknown>): string[] {
  return field.args.flatMap(({ name, type }) => placesIn(type, name));
}

function placesIn(given: GraphQLInputType, path: string): string[] {
  const type = getNamedType(given);
  if (type === GraphQLID) return [path];
  if (!isInputObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap(({ name, type: inner }) => placesIn(inner, `${path}.${name}`));
}

/** What stands at a place among arguments. */
export function valueAt(given: Arguments, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Arguments | undefined)?.[name], given);
}

/** The document that asks for everything of one field, whatever arguments it has. */
export function documentOf({ operation, field }: RootField): string {
  const declared = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const head = declared ? `(${declared}) { ${field.name}(${passed})` : ` { ${field.name}`;
  return `${operation} ${head}${selectAll(field.type, 2)} }`;
}

/** The ways in which an operation reaches a server: the first result of each, as JSON. */
export function createTransports(url: string, key: string) {
  const ws = createWsClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { apiKey: key },
  });
  const sse = createSseClient({ url: `${url}/graphql`, retryAttempts: 0, headers: { 'x-api-key': key } });
  const first = async (results: AsyncIterableIterator<unknown>) => {
    const { value } = await results.next().catch((error) => ({ value: { errors: error } }));
    await results.return?.();
    return JSON.stringify(value);
  };
  return {
    async http(query: string, variables: Arguments) {
      const headers = { 'content-type': 'application/json', 'x-api-key': key };
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query, variables }),
      });
      return answer.text();
    },
    ws: (query: string, variables: Arguments) => first(ws.iterate({ query, variables })),
    watch: (query: string, variables: Arguments) => ws.iterate({ query, variables }),
    sse: (query: string, variables: Arguments) => first(sse.iterate({ query, variables })),
    async close() {
      sse.dispose();
      await ws.dispose();
    },
  };
}

/** What of somebody else's an answer tells: ids, also those within ids and cursors, and words. */
export function leaksIn(answer: string, ids: readonly string[]): string[] {
  const strings = [...answer.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text);
  const decoded = strings.map((text) => Buffer.from(text, 'base64').toString('latin1')).join('\n');
  const words = answer.includes(OWNER.word) ? [OWNER.word] : [];
  return [...words, ...ids.filter((id) => answer.includes(id) || decoded.includes(id))];
}

type Transports = ReturnType<typeof createTransports>;

/** What came of asking for somebody else's things. */
export interface Attack {
  /** Answers that were read. */
  answers: number;
  leaks: string[];
  /** Answers that are not those to ids of things that never were. */
  differences: string[];
}

/** Asks one field for what is the owner's, in every way, and for what is not there at all. */
export async function attack(
  by: Transports,
  root: RootField,
  owner: { things: Things; absent: Things; ids: readonly string[] },
  own: Things,
): Promise<Attack> {
  const found: Attack = { answers: 0, leaks: [], differences: [] };
  const cases = CASES[root.field.name];
  const document = documentOf(root);
  const [theirs, absent] = [cases?.(owner.things, own) ?? [], cases?.(owner.absent, own) ?? []];
  for (const [n, given] of theirs.entries())
    for (const send of root.operation === 'subscription' ? [by.sse, by.ws] : [by.http, by.ws]) {
      const answer = withoutTimes(await send(document, given));
      const expected = withoutTimes(await send(document, absent[n] ?? {}));
      found.answers += 1;
      found.leaks.push(...leaksIn(answer, owner.ids).map((leak) => `${leak} in ${answer}`));
      if (answer !== expected) found.differences.push(`${answer}\n  instead of ${expected}`);
    }
  return found;
}

/** An estimate is of the moment at which it is made. */
function withoutTimes(answer: string): string {
  return answer.replaceAll(/("Task_estimatedTime":)"[^"]*"/g, '$1null');
}
