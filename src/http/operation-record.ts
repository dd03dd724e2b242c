import { type ExecutionArgs, getOperationAST, type OperationDefinitionNode } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { App } from '../app.ts';
import type { Context } from '../graphql/context.ts';
import { currentContext, type RequestRecord } from '../telemetry/request-context.ts';

/** Root fields of one operation that are told. */
const MOST_FIELDS = 5;

/** Notes what an operation is in the record of its request, over HTTP and over WebSocket. */
export function useOperationRecord({ telemetry }: App): Plugin<Context> {
  const { subscriptions } = telemetry.metrics;
  return {
    onExecute({ args }) {
      const record = noteOperation(args);
      return {
        onExecuteDone({ result }) {
          if (record && !isAsyncIterable(result) && result.errors) record.refused = true;
        },
      };
    },
    onSubscribe({ args }) {
      const record = noteOperation(args);
      return {
        onSubscribeResult({ result }) {
          if (!isAsyncIterable(result)) {
            if (record) record.refused = true;
            return;
          }
          // A valid subscription has one field, which is the schema's own.
          const field = record?.fields[0] ?? '';
          subscriptions.inc({ field });
          return { onEnd: () => subscriptions.dec({ field }) };
        },
      };
    },
  };
}

function noteOperation({ document, operationName, contextValue }: ExecutionArgs): RequestRecord | undefined {
  const { record } = currentContext();
  const operation = getOperationAST(document, operationName);
  if (!record || !operation) return record;
  record.type = operation.operation;
  record.name = operation.name?.value;
  record.fields = rootFields(operation);
  record.tenant = (contextValue as Context).tenant;
  record.lasting ||= operation.operation === 'subscription';
  return record;
}

function rootFields({ selectionSet }: OperationDefinitionNode): string[] {
  return selectionSet.selections
    .slice(0, MOST_FIELDS)
    .map((selection) => (selection.kind === 'Field' ? selection.name.value : '...'));
}
