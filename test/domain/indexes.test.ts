import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { createId } from '../../src/db/ids.ts';
import { segments, tasks, transitions, videos } from '../../src/db/schema.ts';
import {
  createIndex,
  deleteIndex,
  findIndex,
  findIndexes,
  type NewIndex,
  updateIndex,
} from '../../src/domain/indexes.ts';
import { DEFAULT_POLICY } from '../../src/domain/rules.ts';
import { listTransitions } from '../../src/domain/task-lists.ts';
import { ConflictError, type InputIssue, InvalidInputError } from '../../src/errors.ts';
import type { ModelDescription } from '../../src/models/models.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addTask, addVideo, segment, vectorAt } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;

before(async () => {
  opened = await createTestApp();
  app = opened.app;
});
after(() => opened[Symbol.asyncDispose]());

const visual = {
  modality: 'VISUAL',
  dimensions: 4,
  textQueries: true,
  imageQueries: true,
  vocabulary: 'OPEN',
} as const;
const MODELS: ModelDescription[] = [
  { name: 'builtin', license: 'MIT', installed: true, modalities: [visual, { ...visual, modality: 'AUDIO' }] },
  { name: 'absent', license: 'MIT', installed: false, modalities: [visual] },
];

function create(input: Partial<NewIndex> = {}, tenant = 'default') {
  return app.db.transaction((tx) => createIndex(tx, tenant, MODELS, { name: randomUUID(), ...input }));
}

function update(input: Parameters<typeof updateIndex>[2], tenant = 'default') {
  return app.db.transaction((tx) => updateIndex(tx, tenant, input));
}

const remove = (id: string, tenant = 'default') => app.db.transaction((tx) => deleteIndex(tx, app.queue, tenant, id));

async function issuesOf(work: Promise<unknown>): Promise<Record<string, string>> {
  const error = await work.then(
    () => assert.fail('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof InvalidInputError, String(error));
  return Object.fromEntries(error.issues.map(({ path, message }: InputIssue) => [path.join('.'), message]));
}

test("an index has the contract's defaults where nothing is said", async () => {
  const index = await create({ name: '  Films  ', validation: { minHeight: null }, segmentation: { overlap: null } });
  assert.equal(index.name, 'Films');
  assert.equal(index.model, 'builtin');
  assert.deepEqual(index.modalities, ['VISUAL', 'AUDIO']);
  assert.deepEqual([index.clipLength, index.overlap], [6, 0]);
  assert.deepEqual(index.validation, DEFAULT_POLICY);
  assert.deepEqual(DEFAULT_POLICY, {
    minHeight: 360,
    maxHeight: 1080,
    minDuration: 15,
    maxDuration: 7200,
    requireAudio: true,
    rejectBrokenFrames: true,
    maxFileSize: 2_147_483_648,
  });
  assert.deepEqual(await findIndex(app.db, 'default', index.id), index);
});

test('what is said of an index is kept, and a modality once', async () => {
  const validation = { minHeight: 1, maxHeight: 2, requireAudio: false, maxFileSize: 1 };
  const segmentation = { clipLength: 1, overlap: 0.5 };
  const index = await create({ modalities: ['AUDIO', 'AUDIO'], validation, segmentation });
  assert.deepEqual(index.modalities, ['AUDIO']);
  assert.deepEqual(index.validation, { ...DEFAULT_POLICY, ...validation });
  assert.deepEqual([index.clipLength, index.overlap], [1, 0.5]);
});

test('every fault of a new index is named at once, with its path', async () => {
  const faults = create({
    name: ' '.repeat(3),
    model: 'clip',
    segmentation: { clipLength: 0.5, overlap: -1 },
    validation: { minHeight: 0, maxHeight: 0, minDuration: 20, maxDuration: 10, maxFileSize: 0 },
  });
  assert.deepEqual(await issuesOf(faults), {
    name: '0 characters given; allowed are 1 to 200.',
    model: '"clip" is not a model of this server; there is builtin, absent.',
    'segmentation.clipLength': '0.5 given; allowed are 1 to 600 seconds.',
    'segmentation.overlap': '-1 given; allowed are 0 to 300 seconds, half of the clip length.',
    'validation.minHeight': '0 given; allowed are 1 to 16384 pixels.',
    'validation.maxHeight': '0 given; it must be more than minHeight (0), as it is exclusive.',
    'validation.maxDuration': '10 given; it must be at least minDuration (20).',
    'validation.maxFileSize': '0 given; allowed are 1 to 1125899906842624 bytes.',
  });
});

const FAULTS: [Partial<NewIndex>, Record<string, string>][] = [
  [{ name: 'x'.repeat(201) }, { name: '201 characters given; allowed are 1 to 200.' }],
  [{ model: 'absent' }, { model: '"absent" is not installed; `reelgraph models pull absent` installs it.' }],
  [{ modalities: [] }, { modalities: 'none given; allowed are VISUAL, AUDIO.' }],
  [
    { modalities: ['VISUAL', 'TRANSCRIPTION', 'TEXT_IN_VIDEO'] },
    { modalities: 'TRANSCRIPTION, TEXT_IN_VIDEO given; "builtin" has VISUAL, AUDIO.' },
  ],
  [
    { segmentation: { clipLength: 600.1 } },
    { 'segmentation.clipLength': '600.1 given; allowed are 1 to 600 seconds.' },
  ],
  [
    { segmentation: { clipLength: 4, overlap: 2.1 } },
    { 'segmentation.overlap': '2.1 given; allowed are 0 to 2 seconds, half of the clip length.' },
  ],
  [
    { validation: { minHeight: 16_385, maxHeight: 16_386 } },
    {
      'validation.minHeight': '16385 given; allowed are 1 to 16384 pixels.',
      'validation.maxHeight': '16386 given; allowed are 1 to 16385 pixels.',
    },
  ],
  [
    { validation: { minHeight: 720, maxHeight: 720 } },
    { 'validation.maxHeight': '720 given; it must be more than minHeight (720), as it is exclusive.' },
  ],
  [
    { validation: { minDuration: -1, maxDuration: 86_401 } },
    {
      'validation.minDuration': '-1 given; allowed are 0 to 86400 seconds.',
      'validation.maxDuration': '86401 given; allowed are 0 to 86400 seconds.',
    },
  ],
  [
    { validation: { maxFileSize: 2 * 1024 ** 5 } },
    { 'validation.maxFileSize': '2251799813685248 given; allowed are 1 to 1125899906842624 bytes.' },
  ],
];

test('each fault of a new index is told by itself', async () => {
  for (const [input, issues] of FAULTS) assert.deepEqual(await issuesOf(create(input)), issues);
});

test('values on the borders are taken', async () => {
  const validation = { minHeight: 16_384, maxHeight: 16_385, minDuration: 0, maxDuration: 86_400 };
  await create({ name: 'x'.repeat(200), segmentation: { clipLength: 600, overlap: 300 }, validation });
  await create({ segmentation: { clipLength: 1, overlap: 0 }, validation: { minDuration: 15, maxDuration: 15 } });
});

test('a name is taken by one index of a tenant, also when many ask at once', async () => {
  const name = randomUUID();
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => create({ name: n % 2 ? name : ` ${name}` })),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 19);
  for (const { reason } of refused) {
    assert.ok(reason instanceof ConflictError, reason);
    assert.equal(reason.message, `An index named "${name}" exists already.`);
  }
  await create({ name }, 'tenant b');
  await create({ name: name.toUpperCase() });
});

test('an update changes what is said, leaves the rest, and moves updatedAt', async () => {
  const index = await create({ validation: { minHeight: 100 } });
  const renamed = await update({ id: index.id, name: ` ${index.name}! `, validation: null });
  assert.equal(renamed.name, `${index.name}!`);
  assert.deepEqual(renamed.validation, index.validation);
  assert.ok(renamed.updatedAt >= index.updatedAt);
  const stricter = await update({ id: index.id, name: null, validation: { maxHeight: 200, requireAudio: null } });
  assert.equal(stricter.name, `${index.name}!`);
  assert.deepEqual(stricter.validation, { ...index.validation, maxHeight: 200 });
  assert.deepEqual(await findIndex(app.db, 'default', index.id), stricter);
  assert.deepEqual(stricter.createdAt, index.createdAt);
});

test('an update is refused with every fault, and against the rules that it leaves', async () => {
  const index = await create({ validation: { minHeight: 100 } });
  assert.deepEqual(
    await issuesOf(update({ id: index.id, name: '', validation: { maxHeight: 100, minDuration: -1 } })),
    {
      name: '0 characters given; allowed are 1 to 200.',
      'validation.maxHeight': '100 given; it must be more than minHeight (100), as it is exclusive.',
      'validation.minDuration': '-1 given; allowed are 0 to 86400 seconds.',
    },
  );
  assert.deepEqual(await findIndex(app.db, 'default', index.id), index);
  for (const [id, tenant] of [
    [index.id, 'tenant b'],
    [createId(), 'default'],
    ['no id', 'default'],
  ] as const)
    await assert.rejects(update({ id, name: 'x' }, tenant), { name: 'NotFoundError', message: 'No such index.' });
});

test('a rename to a taken name is a conflict, to its own is none, and of a race one wins', async () => {
  const [first, second] = [await create(), await create()];
  await assert.rejects(update({ id: second.id, name: first.name }), {
    name: 'ConflictError',
    message: `An index named "${first.name}" exists already.`,
  });
  assert.equal((await findIndex(app.db, 'default', second.id))?.name, second.name);
  await update({ id: first.id, name: first.name });
  const name = randomUUID();
  const results = await Promise.allSettled([update({ id: first.id, name }), update({ id: second.id, name })]);
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('indexes are found for their tenant only', async () => {
  const [mine, theirs] = [await create(), await create({}, 'tenant b')];
  assert.deepEqual(await findIndexes(app.db, 'default', [mine.id, theirs.id, createId(), 'no id']), [mine]);
  assert.deepEqual(await findIndexes(app.db, 'default', []), []);
  assert.equal(await findIndex(app.db, 'default', theirs.id), undefined);
});

test('an index goes with all that it has, and its tasks are announced', async () => {
  const [index, other] = [await addIndex(app), await addIndex(app)];
  const clips = [segment(0, vectorAt(0)), segment(6, vectorAt(1))];
  const { task: ready } = await addVideo(app, index.id, { segments: clips });
  const working = await addTask(app, index.id);
  const { task: kept } = await addVideo(app, other.id, { segments: clips });
  const heard = new Set<string>();
  const told = new Promise<void>((resolve) => {
    const unsubscribe = app.events.subscribe('task:changed', (hint) => {
      if (hint !== 'missed' && hint.indexId === index.id) heard.add(hint.taskId);
      if (heard.size < 2) return;
      unsubscribe();
      resolve();
    });
  });
  await remove(index.id);
  await told;
  assert.deepEqual([...heard].sort(), [ready.id, working.id].sort());
  const { orm } = app.db;
  assert.equal(await orm.$count(tasks, eq(tasks.indexId, index.id)), 0);
  assert.equal(await orm.$count(videos, eq(videos.indexId, index.id)), 0);
  assert.equal(await orm.$count(segments, eq(segments.indexId, index.id)), 0);
  assert.equal(await orm.$count(transitions, eq(transitions.taskId, ready.id)), 0);
  assert.equal(await orm.$count(segments, eq(segments.indexId, other.id)), 2);
  assert.equal((await listTransitions(app.db, [kept.id])).length, 5);
  for (const [id, tenant] of [
    [index.id, 'default'],
    [other.id, 'tenant b'],
    ['no id', 'default'],
  ] as const)
    await assert.rejects(remove(id, tenant), { name: 'NotFoundError', message: 'No such index.' });
});
