/** Requests that keep a GraphQL server busy which has no limits, as bodies in JSON by what they are. */
export const HOSTILE_REQUESTS: Readonly<Record<string, string>> = { ...documents(), ...variables(), ...bodies() };

function documents(): Record<string, string> {
  const queries: Record<string, string> = {
    'fields that repeat': `{ ${repeat(990, () => '__typename')} }`,
    'fields that repeat with arguments': `{ ${repeat(200, () => 'node(id: "a") { id }')} }`,
    'fields that repeat at two levels': `{ indexes { edges { ${repeat(30, () => `node { ${repeat(30, () => 'id')} }`)} } } }`,
    'fields that repeat at many levels': `{ index(id: "a") { ${overlaps(3, 4)} } }`,
    'fields that repeat in an unused fragment': `fragment F on Index { ${repeat(30, () => `reindex { ${repeat(30, () => 'id')} }`)} } { __typename }`,
    'fields that repeat in a hundred fragments': `{ ${repeat(90, (n) => `...F${n}`)} } ${repeat(90, (n) => `fragment F${n} on Query { tasks { totalCount } models { name } }`)}`,
    'fragments that conflict': `{ ${repeat(60, (n) => `...F${n}`)} } ${repeat(60, (n) => `fragment F${n} on Query { models { name } tasks(first: ${n}) { totalCount } }`)}`,
    'a fragment bomb': `query { indexes { edges { node { ...F0 } } } } ${bomb(30)}`,
    'a fragment bomb before its operation': `${bomb(30)} query { indexes { edges { node { ...F0 } } } }`,
    'a fragment bomb that is not used': `{ __typename } ${bomb(40)}`,
    'a fragment bomb without aliases': `{ node(id: "a") { ...F0 } } ${repeat(40, (n) => `fragment F${n} on Index { reindex { index { ...F${n + 1} } } videos { edges { node { index { ...F${n + 1} } } } } }`)} fragment F40 on Index { id }`,
    'a circle of two fragments': '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
    'a circle of 200 fragments': `{ ...F0 } ${repeat(200, (n) => `fragment F${n} on Query { ...F${(n + 1) % 200} }`)}`,
    'a circle through a field': '{ index(id: "a") { ...A } } fragment A on Index { reindex { index { ...A } } }',
    'a thousand unknown fields': `{ ${repeat(980, (n) => `indexs${n}`)} }`,
    'unknown types': `{ __typename } ${repeat(240, (n) => `fragment F${n} on Indexs${n} { id }`)}`,
    'unknown arguments': `{ ${repeat(45, (n) => `a${n}: indexes(${repeat(12, () => 'frist: 1')}) { totalCount }`)} }`,
    'unknown enum values': `{ tasks(filter: { status: [${repeat(1900, () => 'REDY')}] }) { totalCount } }`,
    'unknown input fields': `{ tasks(filter: { ${repeat(600, (n) => `statuss${n}: 1`)} }) { totalCount } }`,
    'unknown variables': `{ ${repeat(45, (n) => `a${n}: nodes(ids: [${repeat(12, (m) => `$v${m}`)}]) { id }`)} }`,
    'unused variables': `query (${repeat(390, (n) => `$v${n}: Int`)}) { __typename }`,
    'unknown directives': `{ ${repeat(16, () => '__typename @a @b @c')} }`,
    'a name of 50,000 letters': `{ ${'index'.repeat(10_000)} }`,
    'many operations': repeat(300, (n) => `query Q${n} { __typename }`),
    'many operations that share fragments': `${repeat(70, (n) => `query Q${n}($a: ID!) { ...F0 }`)} ${repeat(60, (n) => `fragment F${n} on Query { node(id: $a) { id } ${n < 59 ? `...F${n + 1}` : ''} }`)}`,
    'introspection in a circle': `{ __schema { types { ${nest(12, 'fields { type { ', 'name', '} }')} } } }`,
    'fields nested 16 deep': `{ indexes { edges { node ${nest(7, '{ reindex { index ', '{ id }', '} }')} } } }`,
    'fields nested 400 deep': `{ indexes { edges { node ${nest(200, '{ reindex { index ', '{ id }', '} }')} } } }`,
    'fields nested 25,000 deep': nest(25_000, '{a', '', '}'),
    'lists nested 900 deep': `{ nodes(ids: ${nest(900, '[', '', ']')}) { id } }`,
    'lists nested 30,000 deep': `{ nodes(ids: ${nest(30_000, '[', '', ']')}) { id } }`,
    'objects nested 450 deep': `{ tasks(filter: ${nest(450, '{a:', '1', '}')}) { totalCount } }`,
    'types nested 900 deep': `query ($a: ${nest(900, '[', 'Int', ']')}) { __typename }`,
    '300 aliases': `{ ${repeat(300, (n) => `a${n}:models{name}`)} }`,
    '100,000 aliases': `{ ${repeat(100_000, (n) => `a${n}:__typename`)} }`,
    'aliases in fragments': `{ ...A ...B } ${['A', 'B'].map((name) => `fragment ${name} on Query { ${repeat(100, (n) => `${name}${n}:models{name}`)} }`).join(' ')}`,
    '200 directives': `{ __typename ${'@skip(if:false)'.repeat(200)} }`,
    '100,000 directives': `{ __typename ${'@skip(if:false)'.repeat(100_000)} }`,
    'a megabyte of tokens': `{ ${'a '.repeat(500_000)} }`,
    'brackets only': '{'.repeat(60_000),
    'comments only': `${'#\n'.repeat(31_000)}{ nothing }`,
    'commas only': `${','.repeat(60_000)}{ nothing }`,
    'a long string': `{ nothing(a: "${'x'.repeat(60_000)}") }`,
    'a long block string': `{ nothing(a: """${'x\n '.repeat(20_000)}""") }`,
    'escapes only': `{ nothing(a: "${'\\u0041'.repeat(10_000)}") }`,
    'wide escapes only': `{ nothing(a: "${'\\u{1F600}'.repeat(6_000)}") }`,
    'half surrogate pairs': `{ nothing(a: "${'\\uD83D'.repeat(10_000)}") }`,
    'letters that are in no name': `{ ${'é'.repeat(60_000)} }`,
    'a number of 60,000 digits': `{ indexes(first: ${'9'.repeat(60_000)}) { totalCount } }`,
    'pages of pages of pages':
      '{ indexes(first: 100) { edges { node { videos(first: 100) { edges { node { segments(first: 100) { totalCount } } } } } } } }',
    'the vectors of 100 videos':
      '{ tasks(first: 100) { edges { node { video { segments(first: 100) { edges { node { embedding } } } } } } } }',
    'fifty searches': `{ ${repeat(50, (n) => `a${n}: search(input: { indexIds: ["a"], text: "b" }) { __typename }`)} }`,
    'a thousand ids': `{ nodes(ids: [${repeat(1900, (n) => `"${n}"`)}]) { ... on Index { videos { totalCount } } } }`,
  };
  return Object.fromEntries(Object.entries(queries).map(([name, query]) => [name, JSON.stringify({ query })]));
}

function variables(): Record<string, string> {
  const body = (query: string, given: string, more = '') =>
    `{"query":${JSON.stringify(query)},"variables":${given}${more}}`;
  const list = (count: number, item: string) => `[${repeat(count, () => item, ',')}]`;
  const [nodes, pages] = ['query ($a: [ID!]!) { nodes(ids: $a) { id } }', 'query ($a: Int) { ...P }'];
  const metadata = 'mutation ($a: JSONObject!) { updateVideo(input: { id: "a", userMetadata: $a }) { __typename } }';
  const pageOf = (what: string, inner: string) => `${what}(first: $a) { edges { node { ${inner} } } }`;
  const spread = `fragment P on Query { ${pageOf('indexes', pageOf('videos', pageOf('segments', 'embedding')))} }`;
  return {
    '1,000 ids': body(nodes, `{"a":${list(1_000, '"a"')}}`),
    '24,000 ids': body(nodes, `{"a":${list(24_000, '"a"')}}`),
    '20,000 items of a wrong type': body(nodes, `{"a":${list(20_000, '{}')}}`),
    '1,000 unknown keys': body(
      'query ($a: TaskFilter) { tasks(filter: $a) { totalCount } }',
      `{"a":{${repeat(1_000, (n) => `"statuss${n}":1`, ',')}}}`,
    ),
    'an absurd number': body(`${pages} ${spread}`, '{"a":2147483647}'),
    'the dear one of two operations': body(
      `query A { __typename } query B($a: Int) { ...P } ${spread}`,
      '{"a":100}',
      ',"operationName":"B"',
    ),
    'JSON nested 15,000 deep': body(metadata, `{"a":${nest(15_000, '{"a":', '1', '}')}}`),
    'lists nested 48,000 deep in a variable': body(nodes, `{"a":${nest(48_000, '[', '', ']')}}`),
    'extensions nested 48,000 deep': body('{ nothing }', 'null', `,"extensions":{"a":${nest(48_000, '[', '', ']')}}`),
  };
}

function bodies(): Record<string, string> {
  return {
    'a body of brackets': nest(49_000, '[', '', ']'),
    'a body of 9,500 keys': `{${repeat(9_500, (n) => `"k${n}":1`, ',')}}`,
    'a body of escapes': `{"query":"${'\\u0041'.repeat(16_000)}"}`,
    'a batch of 3,900': `[${repeat(3_900, () => '{"query":"{__typename}"}', ',')}]`,
    'a body of 2 MB': `{"query":"{ __typename }","variables":{"a":"${'x'.repeat(2_000_000)}"}}`,
    'a query that is no text': '{"query":{"a":[1,2,3]}}',
    'a body that is no JSON': `{"query":"{ __typename }"${' '.repeat(90_000)}`,
  };
}

function repeat(count: number, part: (n: number) => string, between = ' '): string {
  return Array.from({ length: count }, (_, n) => part(n)).join(between);
}

function nest(depth: number, open: string, inner: string, close: string): string {
  return open.repeat(depth) + inner + close.repeat(depth);
}

/** Selections of an index that merge with each other at every level. */
function overlaps(width: number, depth: number): string {
  return depth === 0 ? 'id' : repeat(width, () => `reindex { index { ${overlaps(width, depth - 1)} } }`);
}

/** Fragments of which each spreads the next one twice. */
function bomb(length: number): string {
  return repeat(length, (n) => {
    const next = n < length - 1 ? `...F${n + 1}` : 'id';
    return `fragment F${n} on Index { a: reindex { index { ${next} } } b: reindex { index { ${next} } } }`;
  });
}
