import assert from 'node:assert/strict';
import { it } from 'node:test';
import { GraphQLError } from 'graphql';
import { printResult } from '../../src/http/printed-results.ts';

it('a result that is frozen is printed once for all who share it', () => {
  let prints = 0;
  const counted = { toJSON: () => ++prints };
  const shared = Object.freeze({ data: { counted } });
  assert.deepEqual([printResult(shared), printResult(shared)], ['{"data":{"counted":1}}', '{"data":{"counted":1}}']);
});

it('a result that may still change is printed anew', () => {
  const result = { data: { progress: 1 } };
  printResult(result);
  result.data.progress = 2;
  assert.equal(printResult(result), '{"data":{"progress":2}}');
});

it('a result is printed as graphql-ws does: its errors last, as their own JSON, and none where there are none', () => {
  assert.equal(
    printResult({ errors: [new GraphQLError('no')], data: null }),
    '{"data":null,"errors":[{"message":"no"}]}',
  );
  assert.equal(printResult({ errors: undefined, data: null } as never), '{"data":null}');
});
