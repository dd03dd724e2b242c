import assert from 'node:assert/strict';
import { it } from 'node:test';
import { requestIdOf } from '../../src/telemetry/request-id.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';

it('a request keeps the id that it came with', () => {
  assert.equal(requestIdOf({ 'x-request-id': 'abc-123_4.5:6' }), 'abc-123_4.5:6');
});

it('else it is called as its trace', () => {
  assert.equal(requestIdOf({ traceparent: `00-${trace}-00f067aa0ba902b7-01` }), trace);
  assert.equal(requestIdOf({ 'x-request-id': 'a b', traceparent: `00-${trace}-00f067aa0ba902b7-01` }), trace);
});

for (const headers of [
  {},
  { 'x-request-id': '' },
  { 'x-request-id': 'x'.repeat(65) },
  { 'x-request-id': 'a\r\nset-cookie: b' },
  { 'x-request-id': '{"level":60}' },
  { 'x-request-id': ['a', 'b'] },
  { traceparent: trace },
  { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` },
])
  it(`else it gets a new one: ${JSON.stringify(headers).slice(0, 50)}`, () => {
    assert.match(requestIdOf(headers), UUID);
    assert.notEqual(requestIdOf(headers), requestIdOf(headers));
  });
