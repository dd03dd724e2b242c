import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, globalId } from '../helpers/tasks.ts';
import { until } from '../helpers/until.ts';
import { createRandom, isFull } from './extent.ts';
import { report } from './report.ts';

const GENERATED = isFull ? 20_000 : 1_500;
const AT_ONCE = 16;
const CREATE = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { __typename } }';

let test: TestApp;
let server: HttpServer;
let indexId: string;
before(async () => {
  // A request that is cut off waits for its rest.
  test = await createTestApp({ env: { CLIENT_TIMEOUT: 1 } });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
  indexId = globalId('Index', await addIndex(test.app));
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

interface Multipart {
  parts: string[];
  boundary?: string;
  /** What is sent of the body, where it is not all of it. */
  cut?: number;
  type?: string;
  end?: string;
}

const field = (name: string, value: string) => `content-disposition: form-data; name="${name}"\r\n\r\n${value}`;
const file = (name: string, bytes = 'bytes') =>
  `content-disposition: form-data; name="${name}"; filename="a.mp4"\r\ncontent-type: video/mp4\r\n\r\n${bytes}`;
const operations = (input: object = { videoFile: null }) =>
  field('operations', JSON.stringify({ query: CREATE, variables: { input: { indexId, ...input } } }));
const map = (value: unknown) => field('map', typeof value === 'string' ? value : JSON.stringify(value));
const mapTo = (path: unknown) => map({ 0: [path] });

/** The status of the answer, or 0 for a connection that was closed without one. */
async function send({ parts, boundary = 'x', cut, type, end = '--x--\r\n' }: Multipart): Promise<number> {
  const body = Buffer.from(`${parts.map((part) => `--x\r\n${part}\r\n`).join('')}${end}`);
  const sent = request(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': type ?? `multipart/form-data; boundary=${boundary}`,
      'content-length': body.length,
      'graphql-require-preflight': '1',
      connection: 'close',
    },
  });
  const answered = once(sent, 'response').then(
    ([response]) => response.resume().statusCode as number,
    () => 0,
  );
  sent.on('error', () => {});
  if (cut === undefined) sent.end(body);
  else sent.write(body.subarray(0, cut), () => sent.destroy());
  return answered;
}

const nested = (depth: number, inner: string) => `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`;

/** Requests that do not keep to the specification, by what is wrong with them. */
const table = (): Record<string, Multipart> => {
  const complete = [operations(), mapTo('variables.input.videoFile'), file('0')];
  const paths = [
    ...['__proto__', '__proto__.polluted', 'constructor', 'constructor.prototype', 'constructor.prototype.polluted'],
    ...['toString', 'toString.call', 'hasOwnProperty.call', 'variables.__proto__.polluted', 'variables.toString.name'],
    ...['variables.input.constructor.prototype.polluted', 'variables.input.__proto__', 'query', 'query.0', 'query.x'],
    ...[
      'variables',
      'variables.input',
      'variables.input.indexId',
      'variables.input.indexId.0',
      'variables.input.nothing',
    ],
    ...[
      'variables.list.1',
      'variables.list.4294967295',
      'variables.list.-1',
      'variables.list.length',
      'variables.list.x',
    ],
    ...['', ' ', '.', '..', '0', 'variables..input', '.variables.input.videoFile', 'variables.input.videoFile.x'],
    ...['a.'.repeat(20_000), 'variables.input.videoFile.', '\0', 'variables\0', '💥'],
  ];
  return {
    ...Object.fromEntries(
      paths.map((path) => [
        `a map to ${JSON.stringify(path.slice(0, 40))}`,
        {
          parts: [
            field(
              'operations',
              `{"query":"${CREATE}","variables":{"list":[null],"input":{"videoFile":null,"indexId":"${indexId}"}}}`,
            ),
            mapTo(path),
            file('0'),
          ],
        },
      ]),
    ),
    'operations that are no JSON': { parts: [field('operations', '{'), mapTo('variables.a'), file('0')] },
    'operations that are null': { parts: [field('operations', 'null'), mapTo('variables.a'), file('0')] },
    'operations that are a number': { parts: [field('operations', '1'), mapTo('variables.a'), file('0')] },
    'operations that are a text': { parts: [field('operations', '"a"'), mapTo('0'), file('0')] },
    'operations that are an empty list': { parts: [field('operations', '[]'), map({})] },
    'a batch': {
      parts: [field('operations', `[{"query":"${CREATE}","variables":{"a":null}}]`), mapTo('0.variables.a'), file('0')],
    },
    'a batch in a batch': {
      parts: [
        field('operations', `[[{"query":"${CREATE}","variables":{"a":null}}]]`),
        mapTo('0.0.variables.a'),
        file('0'),
      ],
    },
    'operations nested 40,000 deep': {
      parts: [field('operations', nested(40_000, 'null')), mapTo(`${'0.'.repeat(40_000)}0`), file('0')],
    },
    'operations with a prototype': {
      parts: [field('operations', `{"__proto__":{"a":null},"query":"${CREATE}"}`), mapTo('__proto__.a'), file('0')],
    },
    'operations without a query': {
      parts: [field('operations', '{"variables":{"a":null}}'), mapTo('variables.a'), file('0')],
    },
    'operations that are too large': { parts: [field('operations', `{"a":"${'x'.repeat(200_000)}"}`), map({})] },
    'a map that is no JSON': { parts: [operations(), map('{'), file('0')] },
    'a map that is a list': { parts: [operations(), map([['variables.input.videoFile']]), file('0')] },
    'a map that is null': { parts: [operations(), map('null'), file('0')] },
    'a map of a text': { parts: [operations(), map({ 0: 'variables.input.videoFile' }), file('0')] },
    'a map of numbers': { parts: [operations(), map({ 0: [1] }), file('0')] },
    'a map of lists': { parts: [operations(), map({ 0: [['variables.input.videoFile']] }), file('0')] },
    'a map of 10,000 entries': {
      parts: [operations(), map(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [n, []]))), file('0')],
    },
    'a map nested 40,000 deep': { parts: [operations(), map(`{"0":${nested(40_000, '"a"')}}`), file('0')] },
    'a map that is too large': { parts: [operations(), map({ 0: ['x'.repeat(200_000)] }), file('0')] },
    'no operations': { parts: complete.slice(1) },
    'no map': { parts: [complete[0] ?? '', complete[2] ?? ''] },
    'no file': { parts: complete.slice(0, 2) },
    'a field in place of the file': { parts: [...complete.slice(0, 2), field('0', 'bytes')] },
    'nothing at all': { parts: [] },
    'only a file': { parts: [file('0')] },
    'the map first': { parts: [complete[1] ?? '', complete[0] ?? '', file('0')] },
    'the file first': { parts: [file('0'), ...complete.slice(0, 2)] },
    'the file before the map': { parts: [complete[0] ?? '', file('0'), complete[1] ?? ''] },
    'operations twice': { parts: [complete[0] ?? '', ...complete] },
    'a map twice': { parts: [...complete.slice(0, 2), complete[1] ?? '', file('0')] },
    'a map twice, around the file': { parts: [...complete, complete[1] ?? ''] },
    'a file twice': { parts: [...complete, file('0')] },
    'a file that is not in the map': { parts: [...complete, file('1')] },
    'a file that is not in the map, before the others': { parts: [...complete.slice(0, 2), file('1'), file('0')] },
    'a file called __proto__': { parts: [...complete.slice(0, 2), file('__proto__')] },
    'a field of another name': { parts: [field('other', '1'), ...complete] },
    'a field of another name at the end': { parts: [...complete, field('other', '1')] },
    'five files': {
      parts: [
        operations(),
        map(Object.fromEntries(Array.from({ length: 5 }, (_, n) => [n, ['variables.input.videoFile']]))),
        ...Array.from({ length: 5 }, (_, n) => file(String(n))),
      ],
    },
    'another boundary': { parts: complete, boundary: 'y' },
    'no boundary': { parts: complete, type: 'multipart/form-data' },
    'an empty boundary': { parts: complete, type: 'multipart/form-data; boundary=' },
    'a type that only begins so': { parts: complete, type: 'multipart/form-database; boundary=x' },
    'no end': { parts: complete, end: '' },
    'a part without a name': { parts: ['content-disposition: form-data\r\n\r\n1', ...complete.slice(1)] },
    'a part without a head': { parts: ['', ...complete.slice(1)] },
    'a head of 100 kB': { parts: [...complete.slice(0, 2), `x-long: ${'x'.repeat(100_000)}\r\n${file('0')}`] },
  };
};

/** Whatever the prototypes and functions had before, they have now. */
function takePicture(): string {
  const roots = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Promise.prototype];
  const functions = [Object, Object.prototype.toString, Object.prototype.hasOwnProperty, Object.prototype.valueOf];
  return JSON.stringify([...roots, ...functions].map((holder) => Reflect.ownKeys(holder).map(String)));
}

async function assertNothingLeft(before: string): Promise<void> {
  assert.equal(takePicture(), before, 'a prototype was changed');
  await until(async () => (await readdir(join(test.app.env.DATA_DIR, 'tmp'))).length === 0);
  const { data } = await (
    await fetch(`${server.url}/graphql?query=${encodeURIComponent('{ tasks { totalCount } }')}`)
  ).json();
  assert.equal(data.tasks.totalCount, 0, 'a task was made');
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
}

it('malformed multipart requests are answered with 4xx, and leave nothing', async () => {
  const before = takePicture();
  const requests = Object.entries(table());
  const wrong: string[] = [];
  for (const [name, multipart] of requests) {
    const status = await send(multipart);
    if (status < 400 || status >= 500) wrong.push(`${name}: ${status}`);
  }
  assert.deepEqual(wrong, []);
  await assertNothingLeft(before);

  const random = createRandom();
  const any = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const keys = [
    'variables',
    'input',
    'videoFile',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '0',
    '9',
    'call',
    '',
    'x',
  ];
  const malformed = (): Multipart => {
    const path = Array.from({ length: 1 + Math.floor(random() * 5) }, () => any(keys)).join('.');
    const good = [operations(), mapTo('variables.input.videoFile'), file('0', 'x'.repeat(random() * 5_000))];
    const choices: (() => Multipart)[] = [
      () => ({ parts: [operations(), mapTo(path === 'variables.input.videoFile' ? '__proto__' : path), file('0')] }),
      () => ({ parts: good.filter((_, n) => n !== Math.floor(random() * 3)).slice(0, 2) }),
      () => ({ parts: [any(good), ...good] }),
      () => ({ parts: [good[2] ?? '', ...good.slice(0, 2)] }),
      () => ({ parts: good, cut: Math.floor(random() * 300) }),
      () => ({ parts: good, end: '--x-'.slice(0, random() * 4) }),
      () => ({
        parts: [field('operations', JSON.stringify(any([[], {}, 1, null, 'a', { query: 1 }]))), ...good.slice(1)],
      }),
    ];
    return any(choices)();
  };
  const seen = new Map<number, number>();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let n = 0; n < GENERATED / AT_ONCE; n += 1) {
        const multipart = malformed();
        const status = await send(multipart);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        const isRefused = (status >= 400 && status < 500) || (status === 0 && multipart.cut !== undefined);
        assert.ok(isRefused, `${status}: ${JSON.stringify(multipart).slice(0, 1_000)}`);
      }
    }),
  );
  await assertNothingLeft(before);
  const counts = [...seen].sort(([a], [b]) => a - b).map(([status, count]) => `${status || 'cut off'} ${count}`);
  await report({
    fault: `${requests.length} kinds and ${GENERATED} generated multipart requests: map at __proto__, wrong operations, missing, extra, misordered parts`,
    required: '4xx, process alive',
    measured: `all refused (${counts.join(', ')}), no prototype changed, no file or task left`,
  });
});
