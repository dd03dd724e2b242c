import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { NOT_PUBLIC } from '../../src/storage/address-rules.ts';
import { RemoteFileError } from '../../src/storage/remote-file-error.ts';
import { createRemoteFiles } from '../../src/storage/remote-files.ts';
import { type RemoteServer, startRemoteServer } from '../helpers/remote-server.ts';
import { NOT_GLOBAL } from '../helpers/special-addresses.ts';

const ANY_PORT: [number, number][] = [[1, 65_535]];
const limits = { minRate: 1, connect: 5_000, answer: 5_000, pace: 5_000 };

/** Whatever listens here must never be reached: on 127.0.0.1 and, on the same port, ::1. */
const canaries: Server[] = [];
let reached = 0;
let port: number;
let front: RemoteServer;

before(async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const canary = createServer((socket) => {
      reached += 1;
      socket.destroy();
    });
    canary.listen(port ?? 0, host);
    // A machine without IPv6 has no ::1.
    if ((await once(canary, 'listening').catch(() => host)) === '::1') continue;
    port = (canary.address() as AddressInfo).port;
    canaries.push(canary);
  }
  front = await startRemoteServer((_, response) => response.end('content'));
});
after(async () => {
  for (const canary of canaries) canary.close();
  await front[Symbol.asyncDispose]();
});

/** Finds hosts as told: each list of a name is the answer to one look-up, and the last one to all further ones. */
function dnsOf(answers: Record<string, string[][]>) {
  const looked: string[] = [];
  const resolve = async (host: string): Promise<LookupAddress[]> => {
    const times = looked.filter((name) => name === host).length;
    looked.push(host);
    const found = answers[host]?.[times] ?? answers[host]?.at(-1);
    if (!found) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, looked };
}

type Client = Partial<Parameters<typeof createRemoteFiles>[0]>;
async function get(url: string, client: Client = {}): Promise<string> {
  const file = await createRemoteFiles({ allow: [], ports: ANY_PORT, limits, ...client }).open(url);
  return String(await buffer(file.body));
}

async function refusal(url: string, client?: Client): Promise<string> {
  const before = reached;
  const error = await get(url, client).then(
    (content) => assert.fail(`${url} was fetched: ${content}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RemoteFileError, `${url}: ${error}`);
  assert.equal(error.transient, false, url);
  assert.equal(reached, before, `${url} reached the canary`);
  return error.message;
}

/** Spellings of loopback and what stands for it; PORT is the canary's. */
const LOOPBACK = [
  'http://127.0.0.1:PORT/',
  'http://127.0.0.2:PORT/',
  'http://127.255.255.254:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://0177.1:PORT/',
  'http://0177.0.0.01:PORT/',
  'http://0x7f.1:PORT/',
  'http://0x7F000001:PORT/',
  'http://2130706433:PORT/',
  'http://017700000001:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://0x7f.1.:PORT/',
  'http://１２７.0.0.1:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://127。0。0。1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0.1.2.3:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b:1::127.0.0.1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://localhost:PORT/',
  'http://localhost.:PORT/',
  'http://LOCALHOST:PORT/',
  'http://ⓛocalhost:PORT/',
  'http:\\\\127.0.0.1:PORT\\',
  'http:127.0.0.1:PORT/',
  'http:///127.0.0.1:PORT/',
  'http://127.0.\t0.1:PORT/',
  'ht\ntp://127.0.0.1:PORT/',
  ' http://127.0.0.1:PORT/ ',
  'http://127.0.0.1:PORT#@example.org/',
  'http://127.0.0.1:PORT\\@example.org/',
  'http://127.0.0.1:PORT?@example.org/',
  'https://127.0.0.1:PORT/',
];

describe('a URL', () => {
  const spelled = LOOPBACK.map((url) => url.replace('PORT', '{port}'));
  it('does not lead to this machine, however it is spelled', async () => {
    for (const url of spelled) assert.equal(await refusal(url.replace('{port}', String(port))), NOT_PUBLIC, url);
  });

  it('does not lead elsewhere inside by its number', async () => {
    for (const address of Object.values(NOT_GLOBAL)
      .flat()
      .filter((text) => !text.includes('%'))) {
      const host = address.includes(':') ? `[${address}]` : address;
      assert.equal(await refusal(`http://${host}/`), NOT_PUBLIC, address);
      assert.equal(await refusal(`https://${host}/`), NOT_PUBLIC, address);
    }
  });

  it('of another scheme, with credentials, or of no form is refused', async () => {
    for (const scheme of [
      'file:///etc/passwd',
      'ftp://127.0.0.1/',
      'gopher://127.0.0.1/',
      'data:text/plain,x',
      'ws://a/',
    ])
      assert.match(await refusal(scheme), /allowed are http: and https:/, scheme);
    for (const host of ['user:secret@127.0.0.1', 'user@127.0.0.1', ':secret@127.0.0.1', 'example.org@127.0.0.1'])
      assert.equal(await refusal(`http://${host}:${port}/`), 'the URL holds a user name or password', host);
    for (const url of [
      '',
      '127.0.0.1',
      '//127.0.0.1/',
      'http://',
      'http://[fe80::1%25lo]/',
      'http://1.2.3.256/',
      'http://[::1',
    ])
      assert.equal(await refusal(url), 'this is no URL', url);
  });

  it('whose name is found inside, or not at all, is told the same', async () => {
    const inside = Object.values(NOT_GLOBAL).flat();
    const names = Object.fromEntries(inside.map((address, at) => [`name-${at}.test`, [[address]]]));
    const dns = dnsOf({ ...names, 'here.test': [['127.0.0.1']], 'both.test': [['127.0.0.1', '::1']] });
    const messages = [];
    for (const name of [...Object.keys(names), 'here.test', 'both.test', 'nowhere.test'])
      messages.push(await refusal(`http://${name}:${port}/`, dns));
    assert.deepEqual([...new Set(messages)], [NOT_PUBLIC]);
    // The same whether anything listens or not.
    assert.equal(await refusal('http://here.test:1/', dns), NOT_PUBLIC);
  });
});

describe('a redirect', () => {
  const dns = dnsOf({ 'front.test': [['127.0.0.1']], 'inside.test': [['127.0.0.1']] });
  const client = () => ({ ...dns, allow: [`front.test:${front.port}`] });
  const url = (path: string) => `http://front.test:${front.port}${path}`;
  const redirect = (location: string, status = 302) => {
    front.answer = ({ url: path }, response) => {
      if (path === '/begin') response.writeHead(302, { location: '/again' }).end();
      else response.writeHead(status, { location }).end('body');
    };
  };

  it('is followed to what is allowed, whatever its kind', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      front.answer = (request, response) => {
        if (request.url === '/file') response.end('content');
        else response.writeHead(status, { location: '/file' }).end();
      };
      assert.equal(await get(url('/begin'), client()), 'content');
    }
  });

  it('does not lead inside, however it is spelled, at any hop', async () => {
    const spelled = LOOPBACK.map((text) => text.replace('PORT', String(port)));
    const places = [
      'http://169.254.169.254/latest/',
      'http://[fd00:ec2::254]/',
      'http://inside.test/',
      `//127.0.0.1:${port}`,
    ];
    for (const location of [...spelled, ...places]) {
      // A header holds no line feeds and bytes only; and "http:" without slashes is relative there.
      if (/[\n\u0100-\uffff]|^http:\d/.test(location)) continue;
      redirect(location);
      assert.equal(await refusal(url('/begin'), client()), NOT_PUBLIC, location);
    }
    redirect(`http://front.test:${port}/`);
    assert.equal(await refusal(url('/begin'), client()), NOT_PUBLIC, 'another port of an allowed host');
  });

  it('to another scheme, to credentials, to what is no URL, or in a circle ends', async () => {
    const cases: [string, RegExp][] = [
      ['file:///etc/passwd', /allowed are http: and https:/],
      ['gopher://127.0.0.1/', /allowed are http: and https:/],
      ['http://user:secret@front.test/', /user name or password/],
      ['http://[broken/', /redirects to what is no URL/],
      ['/begin', /more than 5 times/],
    ];
    for (const [location, message] of cases) {
      redirect(location);
      assert.match(await refusal(url('/begin'), client()), message, location);
    }
    front.asked.length = 0;
    front.answer = (request, response) => response.writeHead(302, { location: `${request.url}x` }).end();
    await refusal(url('/'), client());
    assert.equal(front.asked.length, 6);
  });

  it('status without a place to go is an answer like any other', async () => {
    for (const status of [300, 302, 304]) {
      front.answer = (_, response) => response.writeHead(status).end();
      assert.equal(await refusal(url('/'), client()), `the server answered with status ${status}`);
    }
  });
});

describe('the address that was checked', () => {
  const [OUTSIDE, OTHER] = ['127.0.0.2', '127.0.0.3'];
  let outside: RemoteServer;
  before(async () => {
    outside = await startRemoteServer((_, response) => response.end('content'), OUTSIDE);
  });
  after(() => outside[Symbol.asyncDispose]());

  it('is the one that is connected to: the name is looked for once a hop', async () => {
    const dns = dnsOf({ 'rebind.test': [[OUTSIDE], ['127.0.0.1']] });
    const client = { ...dns, allow: [OUTSIDE] };
    assert.equal(await get(`http://rebind.test:${outside.port}/`, client), 'content');
    assert.deepEqual(dns.looked, ['rebind.test']);
    // Found elsewhere by now, with the canary behind it.
    assert.equal(await refusal(`http://rebind.test:${port}/`, client), NOT_PUBLIC);
  });

  it('is checked anew where a redirect leads back to the same name', async () => {
    const dns = dnsOf({ 'rebind.test': [[OUTSIDE], ['127.0.0.1']] });
    outside.answer = (_, response) => response.writeHead(302, { location: `http://rebind.test:${port}/` }).end();
    assert.equal(await refusal(`http://rebind.test:${outside.port}/`, { ...dns, allow: [OUTSIDE] }), NOT_PUBLIC);
    assert.deepEqual(dns.looked, ['rebind.test', 'rebind.test']);
  });

  it('is one of several only where all of them may be reached', async () => {
    outside.answer = (_, response) => response.end('content');
    const dns = dnsOf({
      'two.test': [[OTHER, OUTSIDE]],
      'mixed.test': [
        [OUTSIDE, '127.0.0.1'],
        ['127.0.0.1', OUTSIDE],
      ],
    });
    const client = { ...dns, allow: [OUTSIDE, OTHER] };
    // Nothing listens on the first one.
    assert.equal(await get(`http://two.test:${outside.port}/`, client), 'content');
    for (const _ of [1, 2]) assert.equal(await refusal(`http://mixed.test:${outside.port}/`, client), NOT_PUBLIC);
  });
});

it('an allowed host is reached by the name of the machine, too', async () => {
  front.answer = (_, response) => response.end('content');
  for (const allow of [`localhost:${front.port}`, 'localhost', '127.0.0.0/8'])
    assert.equal(await get(`http://localhost:${front.port}/`, { allow: [allow, '::1'] }), 'content', allow);
});

it('a proxy of the environment is not used', async () => {
  const before = reached;
  front.answer = (_, response) => response.end('direct');
  const proxy = `http://127.0.0.1:${port}`;
  const code = `import { createRemoteFiles } from './src/storage/remote-files.ts';
    const remote = createRemoteFiles({ allow: ['127.0.0.1'], ports: [], limits: { minRate: 1 } });
    const bytes = await remote.read('${front.url('/')}', { maxBytes: 100 });
    process.stdout.write(String(bytes));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
    env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy, ALL_PROXY: proxy },
  });
  assert.equal(stdout, 'direct');
  assert.equal(reached, before);
});
