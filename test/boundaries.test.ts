import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type Argument, type Expression, parseSync, Visitor } from 'oxc-parser';

const folders = [
  'telemetry',
  'db',
  'queue',
  'events',
  'storage',
  'media',
  'models',
  'domain',
  'jobs',
  'graphql',
  'http',
];

/**
 * What each part of src may import from the others; inside itself it may import anything. A part is a folder, or a file
 * that stands directly in src. `type x` allows only `import type`. What is not in the table may not exist.
 */
const allowedImports: Record<string, string[]> = {
  errors: [],
  env: [],
  telemetry: [],
  db: [],
  storage: [],
  media: [],
  models: [],
  queue: ['type db', 'telemetry'],
  events: ['db'],
  app: ['db', 'queue', 'events', 'storage', 'models', 'media', 'telemetry', 'errors', 'type env'],
  domain: ['db', 'queue', 'events', 'errors', 'type models'],
  jobs: ['domain', 'media', 'models', 'storage', 'queue', 'telemetry', 'errors', 'type db', 'type app'],
  graphql: ['domain', 'storage', 'events', 'telemetry', 'errors', 'type db', 'type models', 'type app'],
  http: ['graphql', 'domain', 'storage', 'telemetry', 'errors', 'type app'],
  client: [],
  console: [],
  production: [],
  main: [...folders, 'env', 'app', 'errors', 'production'],
  cli: [...folders, 'env', 'app', 'errors', 'main', 'client'],
  demo: [...folders, 'env', 'app', 'errors', 'main', 'cli', 'client'],
};

/** The parts that may write tables, with Drizzle or in SQL. */
const tableWriters = ['domain', 'db'];
/** The parts, and the files of others, that may touch `process.env`: ONNX Runtime takes one of its settings nowhere else. */
const environmentReaders = ['env', 'main', 'cli', 'demo', 'production', 'src/models/onnx-runtime.ts'];
/** The parts that no package has. */
const unpacked = ['demo'];
/** Words that may not stand in a name in src. */
const vagueWords = ['util', 'utils', 'helper', 'helpers', 'manager', 'managers', 'service', 'services'];
const mostLines = 400;

const kebabPath = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.(test|fault|bench|d|config))?\.[a-z]+$/;
const writingSql = /\b(insert\s+into|update\s+[^\s]+\s+set|delete\s+from|merge\s+into|truncate)\b/i;
const sqlRunners = ['execute', 'exec', 'query', 'raw', 'unsafe'];

/** Every fault of a source tree, given as the text of each file by its path from the project's root. */
function findFaults(sources: Record<string, string>): string[] {
  return Object.entries(sources).flatMap(([file, text]) => [
    ...nameFaults(file),
    ...(text.trimEnd().split('\n').length > mostLines ? [`${file}: longer than ${mostLines} lines`] : []),
    ...(/^src\/.*\.tsx?$/.test(file) ? codeFaults(file, text) : []),
  ]);
}

function nameFaults(file: string): string[] {
  const vague = file.startsWith('src/') ? file.split(/[/.-]/).find((word) => vagueWords.includes(word)) : undefined;
  return [
    ...(kebabPath.test(file) ? [] : [`${file}: not kebab-case`]),
    ...(vague ? [`${file}: "${vague}" does not say what it holds`] : []),
  ];
}

/** `jobs` for `src/jobs/sweep.ts`, `app` for `src/app.ts`, the path itself for what is not in src. */
function partOf(file: string): string {
  const [root, part = ''] = file.split('/');
  return root === 'src' ? part.replace(/\.ts$/, '') : file;
}

function codeFaults(file: string, text: string): string[] {
  const part = partOf(file);
  const allowed = allowedImports[part];
  if (!allowed) return [`${file}: "${part}" is not in the table of allowed imports`];
  const { program, errors } = parseSync(file, text);
  if (errors[0]) return [`${file}: ${errors[0].message}`];

  const faults: string[] = [];
  const report = (node: { start: number }, message: string) => {
    faults.push(`${file}:${text.slice(0, node.start).split('\n').length}: ${message}`);
  };
  /** Local names of what is imported from the project's own files: what a table can be called here. */
  const ownNames = new Set<string>();

  const checkImport = (source: Expression, typeOnly: boolean) => {
    if (source.type !== 'Literal' || typeof source.value !== 'string') return report(source, 'imports a computed path');
    if (/^(#|\/|file:|reelgraph(\/|$))/.test(source.value))
      return report(source, 'imports its own by no relative path');
    if (source.value.startsWith('.')) checkPath(source, source.value, typeOnly);
  };
  const checkPath = (node: { start: number }, relative: string, typeOnly: boolean) => {
    const target = path.posix.join(path.posix.dirname(file), relative);
    const other = partOf(target);
    if (target === 'package.json' || other === part || allowed.includes(other)) return;
    if (typeOnly && allowed.includes(`type ${other}`)) return;
    report(node, `${part} imports ${other}; it may import: ${allowed.join(', ') || 'nothing of src'}`);
  };
  const checkTableWrite = (node: { start: number }, writes: boolean) => {
    if (writes && !tableWriters.includes(part)) report(node, `${part} writes a table`);
  };
  const checkEnvironment = (node: { start: number }, reads: boolean) => {
    if (reads && !environmentReaders.includes(part) && !environmentReaders.includes(file))
      report(node, `${part} reads process.env`);
  };

  new Visitor({
    ImportDeclaration(node) {
      checkImport(node.source, node.importKind === 'type');
      const own = node.source.value.startsWith('.');
      for (const specifier of node.specifiers) {
        if (own) ownNames.add(specifier.local.name);
        const imported = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : undefined;
        checkEnvironment(node, /^(node:)?process$/.test(node.source.value) && imported === 'env');
      }
    },
    ExportNamedDeclaration: (node) => void (node.source && checkImport(node.source, node.exportKind === 'type')),
    ExportAllDeclaration: (node) => void checkImport(node.source, node.exportKind === 'type'),
    ImportExpression: (node) => void checkImport(node.source, false),
    TSImportType: (node) => void checkImport(node.source, true),
    // A worker thread's file is named by a URL.
    NewExpression(node) {
      const [url] = node.arguments;
      if (nameOf(node.callee) !== 'URL' || !url) return;
      if (url.type === 'TemplateLiteral') {
        const begin = url.quasis[0]?.value.cooked ?? '';
        if (begin.startsWith('.')) checkPath(url, `${begin}.ts`, false);
      } else if (url.type === 'Literal' && typeof url.value === 'string' && /^\..*\.ts$/.test(url.value)) {
        if (unpacked.includes(part)) checkPath(url, url.value, false);
        else report(url, 'names a file that has another ending in dist; take that of import.meta.url');
      }
    },
    CallExpression(node) {
      const [argument] = node.arguments;
      const method = memberName(node.callee);
      if (nameOf(node.callee) === 'require' && argument && argument.type !== 'SpreadElement') {
        checkImport(argument, false);
      }
      const writesOwn = /^(insert|update|delete)$/.test(method ?? '') && ownNames.has(rootName(argument) ?? '');
      checkTableWrite(node, writesOwn || endsDrizzleWrite(node.callee));
      const sql = sqlRunners.includes(method ?? '') && argument ? text.slice(argument.start, argument.end) : '';
      checkTableWrite(node, writingSql.test(sql) && argument?.type !== 'TaggedTemplateExpression');
    },
    TaggedTemplateExpression: (node) => checkTableWrite(node, writingSql.test(text.slice(node.start, node.end))),
    MemberExpression(node) {
      const object = nameOf(node.object) ?? memberName(node.object);
      checkEnvironment(node, object === 'process' && memberName(node) === 'env');
    },
    VariableDeclarator: (node) =>
      checkEnvironment(node, node.id.type === 'ObjectPattern' && node.init !== null && nameOf(node.init) === 'process'),
  }).visit(program);
  return faults;
}

function nameOf(node: { type: string; name?: unknown }): string | undefined {
  return node.type === 'Identifier' && typeof node.name === 'string' ? node.name : undefined;
}

/** `insert` for `tx.insert` and `tx['insert']`. */
function memberName(node: Expression): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  if (!node.computed) return node.property.name;
  return node.property.type === 'Literal' && typeof node.property.value === 'string' ? node.property.value : undefined;
}

/** `schema` for `schema` and `schema.tasks`. */
function rootName(node: Argument | undefined): string | undefined {
  if (node?.type === 'MemberExpression') return rootName(node.object);
  return node && nameOf(node);
}

/** Whether a callee is `….insert(…).values` or `….update(…).set`. */
function endsDrizzleWrite(callee: Expression): boolean {
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'CallExpression') return false;
  const chain = `${memberName(callee.object.callee)}.${memberName(callee)}`;
  return chain === 'insert.values' || chain === 'update.set';
}

describe('boundaries', () => {
  it('hold in this project', () => {
    const isOurs = (file: string) => statSync(file).isFile() && !/\/(generated|node_modules)\/|\.png$/.test(file);
    const files = globSync(['src/**/*', 'test/**/*.ts', 'bench/**/*.ts']).filter(isOurs);
    assert.ok(files.includes('src/db/schema.ts'), 'the test runs in the project root');
    assert.deepEqual(findFaults(Object.fromEntries(files.map((file) => [file, readFileSync(file, 'utf8')]))), []);
  });

  it('let no part import, through others, itself', () => {
    const reaches = (part: string, seen: Set<string>): Set<string> => {
      for (const other of allowedImports[part] ?? []) {
        if (other.startsWith('type ') || seen.has(other)) continue;
        reaches(other, seen.add(other));
      }
      return seen;
    };
    assert.deepEqual(
      Object.keys(allowedImports).filter((part) => reaches(part, new Set()).has(part)),
      [],
    );
  });

  const forbidden: [rule: string, file: string, text: string, fault: RegExp][] = [
    ['graphql importing jobs', 'src/graphql/task.ts', `import '../jobs/sweep.ts';`, /graphql imports jobs/],
    ['jobs importing graphql', 'src/jobs/sweep.ts', `import type { A } from '../graphql/task.ts';`, /imports graphql/],
    [
      'a leaf importing errors',
      'src/media/probe.ts',
      `import { E } from '../errors.ts';`,
      /may import: nothing of src/,
    ],
    [
      'a value where types are allowed',
      'src/queue/job.ts',
      `import { type A, b } from '../db/client.ts';`,
      /imports db/,
    ],
    ['a type import that still loads', 'src/queue/job.ts', `import { type A } from '../db/client.ts';`, /imports db/],
    ['the app as a value', 'src/http/server.ts', `import { createApp } from '../app.ts';`, /http imports app/],
    ['main imported', 'src/http/server.ts', `export * from '../main.ts';`, /http imports main/],
    ['the demo imported', 'src/cli.ts', `await import('./demo/demo.ts');`, /cli imports demo/],
    ['a re-export', 'src/storage/disk.ts', `export { a } from '../db/ids.ts';`, /storage imports db/],
    ['a type named by import()', 'src/db/ids.ts', `type A = import('../app.ts').App;`, /db imports app/],
    ['require', 'src/db/ids.ts', `const a = require('../env.ts');`, /db imports env/],
    [
      'a worker file',
      'src/db/ids.ts',
      `new Worker(new URL(\`../jobs/a\${extname(import.meta.url)}\`, import.meta.url));`,
      /db imports jobs/,
    ],
    [
      'a file that a package has by another name',
      'src/db/ids.ts',
      `new URL('./a.ts', import.meta.url);`,
      /has another ending in dist/,
    ],
    ['a computed import', 'src/db/ids.ts', `const a = (x: string) => import(x);`, /computed path/],
    ['tests imported', 'src/db/ids.ts', `import '../../test/helpers/db.ts';`, /imports test\/helpers\/db.ts/],
    ['an unknown folder', 'src/shared/a.ts', '', /"shared" is not in the table/],
    ['code that does not parse', 'src/db/ids.ts', 'const', /src\/db\/ids.ts: /],
    ['an insert', 'src/jobs/a.ts', 'await tx.insert(table).values({});', /jobs writes a table/],
    ['an update', 'src/graphql/a.ts', 'await tx.update(table).set({}).where(a);', /graphql writes a table/],
    [
      'a delete',
      'src/jobs/a.ts',
      `import { tasks } from '../domain/a.ts'; await tx.delete(tasks);`,
      /jobs writes a table/,
    ],
    ['SQL in a template', 'src/events/a.ts', 'await tx.execute(sql`delete from tasks`);', /events writes a table/],
    ['SQL in a string', 'src/queue/a.ts', `await c.query('UPDATE tasks SET a = 1');`, /queue writes a table/],
    ['process.env', 'src/media/a.ts', 'const a = process.env.PATH;', /media reads process.env/],
    ['env of node:process', 'src/app.ts', `import { env } from 'node:process';`, /app reads process.env/],
    ['env taken out of process', 'src/app.ts', 'const { env } = process;', /app reads process.env/],
    ['a vague name', 'src/db/string-utils.ts', '', /"utils"/],
    ['a vague folder', 'src/domain/services/a.ts', '', /"services"/],
    ['camel case', 'test/taskList.test.ts', '', /not kebab-case/],
    ['a long file', 'test/a.test.ts', 'a\n'.repeat(mostLines + 1), /longer than 400 lines/],
  ];
  for (const [rule, file, text, fault] of forbidden) {
    it(`forbid ${rule}`, () => {
      const faults = findFaults({ [file]: text });
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0] ?? '', fault);
    });
  }

  it('allow what the table allows, and what only looks like a write', () => {
    const sources = {
      'src/queue/job.ts': `import type { A } from '../db/client.ts'; import { z } from 'zod'; import './boss.ts';`,
      'src/http/server.ts': `import type { App } from '../app.ts'; import { yoga } from '../graphql/schema.ts';`,
      'src/domain/tasks.ts': `import { tasks } from '../db/schema.ts'; await tx.insert(tasks).values({});`,
      'src/cli.ts': `import { main } from './main.ts'; import meta from '../package.json' with { type: 'json' };`,
      'src/env.ts': 'const port = process.env.PORT;',
      'src/storage/hash.ts': 'hash.update(chunk); map.delete(key); set.delete(set.values().next().value);',
      'src/events/listener.ts': 'await tx.execute(sql`select id from tasks for update`);',
    };
    assert.deepEqual(findFaults(sources), []);
  });
});
