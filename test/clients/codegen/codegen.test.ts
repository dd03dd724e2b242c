import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  buildSchema,
  type GraphQLSchema,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { blocks, readmeDocuments, section } from '../../helpers/readme.ts';

/*
 * A project of a user with README's codegen.ts, in a folder of its own: the operations of README, and code that says
 * something about every member of every result. What would break its user does not compile.
 */

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

let project: string;
let schemaText: string;
before(async () => {
  project = await mkdtemp(join(tmpdir(), 'reelgraph-codegen-'));
  schemaText = await readFile(join(ROOT, 'schema.graphql'), 'utf8');
  await cp(join(import.meta.dirname, 'src'), join(project, 'src'), { recursive: true });
  await cp(join(import.meta.dirname, 'tsconfig.json'), join(project, 'tsconfig.json'));
  await mkdir(join(project, 'node_modules/reelgraph'), { recursive: true });
  for (const installed of ['@graphql-codegen', '@graphql-typed-document-node', 'graphql'])
    await symlink(join(ROOT, 'node_modules', installed), join(project, 'node_modules', installed));
  const [config = ''] = blocks(section('Types with codegen', 3), 'ts');
  await writeFile(join(project, 'codegen.ts'), config);
  await writeFile(join(project, 'src/readme.graphql'), readmeDocuments().map(named).join('\n'));
});
after(() => rm(project, { recursive: true, force: true }));

/** README's operations have no names, which codegen needs. */
function named(document: string, at: number): string {
  const name = (node: OperationDefinitionNode) => ({
    ...node,
    name: { kind: Kind.NAME, value: `Readme${at}${node.name?.value ?? ''}` } as const,
  });
  return print(visit(parse(document), { OperationDefinition: name }));
}

/** Generates and compiles the project against a schema; resolves to what went wrong, empty where nothing did. */
async function compile(schema: string): Promise<string> {
  await rm(join(project, 'src/generated'), { recursive: true, force: true });
  await writeFile(join(project, 'node_modules/reelgraph/schema.graphql'), schema);
  const tool = (name: string) => join(ROOT, 'node_modules/.bin', name);
  try {
    await run(tool('graphql-codegen'), [], { cwd: project });
    await run(tool('tsc'), ['-p', project], { cwd: project });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

function changed(from: string, to: string): string {
  assert.ok(schemaText.includes(from), from);
  return schemaText.replace(from, to);
}

describe("a user's strict TypeScript", () => {
  it('selects every member of every result', async () => {
    const schema = buildSchema(schemaText);
    const documents = await readFile(join(project, 'src/results.graphql'), 'utf8');
    const unions = Object.values(schema.getTypeMap()).filter(isUnionType);
    const all = unions.map((union) => [union.name, new Set(union.getTypes().map(({ name }) => name))] as const);
    assert.deepEqual(selectedMembers(schema, documents), new Map(all));
  });

  it('compiles with what README says', async () => {
    const count = (await readFile(join(project, 'src/readme.graphql'), 'utf8')).match(/Readme\d+/g)?.length ?? 0;
    assert.ok(count >= 4, `${count} operations of README`);
    assert.equal(await compile(schemaText), '');
  });

  it('is not generated once a field that it reads is gone', async () => {
    const output = await compile(changed('  retryAfter: Float\n', '  waitFor: Float\n'));
    assert.match(output, /Cannot query field "retryAfter" on type "LimitExceededError"/);
  });

  it('does not compile once a result has another member', async () => {
    const schema = changed(
      'union CreateIndexResult = ConflictError |',
      'union CreateIndexResult = NotFoundError | ConflictError |',
    );
    assert.match(await compile(schema), /results\.ts.*error TS2345:.*'never'/);
  });

  it('does not compile once a field has another type, or may be null', async () => {
    assert.match(
      await compile(changed('  attempt: Int!', '  attempt: String!')),
      /results\.ts.*'toFixed' does not exist/,
    );
    assert.match(await compile(changed('  vector: [Float!]!', '  vector: [Float!]')), /results\.ts.*possibly 'null'/);
  });
});

/** The members that documents select of each union, by the union's name. */
function selectedMembers(schema: GraphQLSchema, documents: string): Map<string, Set<string>> {
  const selected = new Map<string, Set<string>>();
  const types = new TypeInfo(schema);
  const note = visitWithTypeInfo(types, {
    InlineFragment({ typeCondition }) {
      const parent = types.getParentType();
      if (!isUnionType(parent) || !typeCondition) return;
      selected.set(parent.name, (selected.get(parent.name) ?? new Set()).add(typeCondition.name.value));
    },
  });
  visit(parse(documents), note);
  return selected;
}
