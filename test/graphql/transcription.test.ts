import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { assets, tasks } from '../../src/db/schema.ts';
import { deleteTask, findTasks } from '../../src/domain/tasks.ts';
import { findTranscript, LARGEST_TRANSCRIPTION } from '../../src/domain/transcripts.ts';
import { absentUpload, uploadOf } from '../helpers/file-parts.ts';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, globalId, step } from '../helpers/tasks.ts';

const CREATE = `mutation ($input: CreateTaskInput!) {
  createTask(input: $input) {
    __typename
    ... on Task { id status }
    ... on Error { code message }
    ... on InvalidInputError { issues { path message } }
    ... on LimitExceededError { limit retryAfter }
  }
}`;

interface Created {
  createTask: {
    __typename: string;
    id: string;
    code: string;
    message: string;
    limit: string;
    issues: { path: string[]; message: string }[];
  };
}

const VIDEO_URL = 'http://videos.example/walk.mp4';
const WORDS_URL = 'http://videos.example/walk.srt';
const WORDS = '1\n00:00:01,000 --> 00:00:04,000\nHello there\n';

describe('spoken words that come with a video', () => {
  let graphql: GraphQLApp;
  let indexId: string;
  const create = async (input: object) =>
    (await graphql.query<Created>(CREATE, { input: { indexId, ...input } })).createTask;
  const keyOf = ({ id }: { id: string }) => Buffer.from(id, 'base64').toString().replace('Task:', '');
  const transcriptOf = (task: { id: string }) => findTranscript(graphql.app.db, keyOf(task));
  const temporaryFiles = () => readdir(join(graphql.app.env.DATA_DIR, 'tmp'));
  const countRows = async () => [await graphql.app.db.orm.$count(tasks), await graphql.app.db.orm.$count(assets)];
  const video = (previous?: Readable) => uploadOf(Readable.from([randomBytes(100_000)]), 'walk.mp4', previous);
  const words = (text: string | Buffer = WORDS, previous?: Readable) =>
    uploadOf(Readable.from([Buffer.from(text)]), 'walk.srt', previous);

  before(async () => {
    graphql = await createGraphQLApp();
    indexId = globalId('Index', await addIndex(graphql.app, { modalities: ['VISUAL', 'TRANSCRIPTION'] }));
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('are kept with the task, as text, whichever part comes first', async () => {
    const latin1 = Buffer.from('1\r\n00:00:01,000 --> 00:00:04,000\r\nGr\u00fc\u00dfe\r\n', 'latin1');
    const wordsFirst = words(latin1);
    const videoFirst = video();
    const inputs = [
      { transcriptionFile: wordsFirst.upload, videoFile: video(wordsFirst.stream).upload },
      { transcriptionFile: words(latin1, videoFirst.stream).upload, videoFile: videoFirst.upload },
      { transcriptionFile: words(latin1).upload, videoUrl: VIDEO_URL },
    ];
    for (const input of inputs) {
      const task = await create({ ...input, provideTranscription: true, language: 'de' });
      assert.equal(task.__typename, 'Task', task.message);
      assert.deepEqual(await transcriptOf(task), {
        taskId: keyOf(task),
        source: 'FILE',
        url: null,
        content: latin1.toString('latin1'),
        lines: null,
      });
    }
    assert.deepEqual(await temporaryFiles(), []);
  });

  it('of a URL win over those of a file, which passes by; so does the file of a video', async () => {
    const file = words();
    const clip = video(file.stream);
    const ended = once(clip.stream, 'end');
    const given = { transcriptionFile: file.upload, transcriptionUrl: WORDS_URL, provideTranscription: true };
    const task = await create({ ...given, videoFile: clip.upload });
    const { source, url, content } = (await transcriptOf(task)) ?? {};
    assert.deepEqual([source, url, content], ['URL', WORDS_URL, null]);
    await ended;

    const before = video();
    const after = words(WORDS, before.stream);
    const files = { videoFile: before.upload, transcriptionFile: after.upload };
    const second = await create({ ...files, videoUrl: VIDEO_URL, provideTranscription: true });
    assert.equal((await transcriptOf(second))?.content, WORDS);
  });

  it('are not there without', async () => {
    assert.equal(await transcriptOf(await create({ videoFile: video().upload })), undefined);
  });

  it('have to be given where they are promised, and promised where they are given', async () => {
    const issuesOf = async (input: object) => {
      const clip = video();
      const ended = once(clip.stream, 'end');
      const { __typename, issues } = await create({ videoFile: clip.upload, ...input });
      assert.equal(__typename, 'InvalidInputError');
      await ended;
      return issues.map(({ path, message }) => [path.join('.'), message]);
    };
    assert.deepEqual(await issuesOf({ provideTranscription: true }), [
      [
        'input.provideTranscription',
        'true given, but neither transcriptionFile nor transcriptionUrl; one of them is needed.',
      ],
    ]);
    const promised = 'given, but provideTranscription is not true.';
    assert.deepEqual(await issuesOf({ transcriptionFile: words().upload }), [['input.transcriptionFile', promised]]);
    assert.deepEqual(await issuesOf({ transcriptionUrl: WORDS_URL, provideTranscription: false }), [
      ['input.transcriptionUrl', promised],
    ]);
    const missing = { transcriptionFile: absentUpload(400), provideTranscription: true };
    assert.deepEqual(await issuesOf(missing), [['input.transcriptionFile', 'The request has no part for this file.']]);
  });

  it('are refused where the index has no place for them', async () => {
    const index = await addIndex(graphql.app, { name: 'pictures', modalities: ['VISUAL'] });
    const { issues } = await create({
      indexId: globalId('Index', index),
      videoUrl: VIDEO_URL,
      transcriptionUrl: WORDS_URL,
      provideTranscription: true,
    });
    assert.deepEqual(issues, [
      {
        path: ['input', 'provideTranscription'],
        message: 'true given; the index "pictures" has VISUAL, and not TRANSCRIPTION.',
      },
    ]);
  });

  it('are refused when they are too large, before or after the video, and nothing is kept', async () => {
    const large = Buffer.alloc(LARGEST_TRANSCRIPTION + 1, 'a');
    const rows = await countRows();
    const clip = video();
    const first = words(large);
    for (const input of [
      { videoFile: clip.upload, transcriptionFile: words(large, clip.stream).upload },
      { videoFile: video(first.stream).upload, transcriptionFile: first.upload },
    ]) {
      const { code, message, limit } = await create({ ...input, provideTranscription: true });
      assert.deepEqual([code, limit], ['LIMIT_EXCEEDED', '4194304 bytes in one transcription']);
      assert.match(message, /transcription is larger than 4194304 bytes/);
    }
    assert.deepEqual(await temporaryFiles(), []);
    assert.deepEqual(await countRows(), rows);
  });

  it('leave nothing when they are cut off', async () => {
    const rows = await countRows();
    const half = new Readable({
      read() {
        this.push('1\n');
        this.destroy(new Error('Request disconnected during file upload stream parsing.'));
      },
    });
    const clip = video();
    const { upload } = uploadOf(half, 'walk.srt', clip.stream);
    const input = { indexId, videoFile: clip.upload, transcriptionFile: upload, provideTranscription: true };
    const { errors } = await graphql.execute(CREATE, { input });
    assert.deepEqual(errors?.[0]?.extensions, { code: 'UPLOAD_ABORTED' });
    assert.deepEqual(await temporaryFiles(), []);
    assert.deepEqual(await countRows(), rows);
  });

  it('are part of what a client token stands for', async () => {
    const given = { videoUrl: VIDEO_URL, provideTranscription: true, clientToken: 'once' };
    const first = await create({ ...given, transcriptionFile: words().upload });
    const again = await create({ ...given, transcriptionFile: words().upload });
    assert.equal(again.id, first.id);
    for (const other of [
      { transcriptionFile: words(`${WORDS}\n`).upload },
      { transcriptionUrl: WORDS_URL },
      { provideTranscription: false },
    ])
      assert.equal((await create({ ...given, ...other })).code, 'CONFLICT');
  });

  it('go with their task', async () => {
    const { app } = graphql;
    const given = { videoUrl: VIDEO_URL, transcriptionFile: words().upload };
    const task = await create({ ...given, provideTranscription: true });
    const [row] = await findTasks(app.db, 'default', [keyOf(task)]);
    assert.ok(row);
    await step(app, row, 'CANCELED');
    await app.db.transaction((tx) => deleteTask(tx, app.queue, 'default', row.id));
    assert.equal(await transcriptOf(task), undefined);
  });
});
