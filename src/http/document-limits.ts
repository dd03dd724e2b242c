import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoFragmentCyclesRule,
  parse,
  type ValidationContext,
  type ValidationRule,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { limitExceeded } from './limit-exceeded.ts';
import { countMergeWork } from './merged-fields.ts';

/** How large and how deep a document may be. */
export interface DocumentLimits {
  /** Names, numbers, strings and signs. */
  tokens: number;
  /** Levels of fields, not counting fragments. Introspection is free of it: graphql-js has a rule of its own for that. */
  depth: number;
  /** In one operation and its fragments. */
  aliases: number;
  /** Whether names that are like a wrong one are told. */
  suggestions: boolean;
}

/** Characters that a document may have for each of its tokens: spaces and comments are no tokens, but are read. */
const CHARACTERS_PER_TOKEN = 32;
/** Directives in one operation and its fragments. */
const MOST_DIRECTIVES = 50;
/** What merging the fields of a document may take, in the measure of `countMergeWork`: 100 fields of one name, say. */
const MOST_MERGE_WORK = 10_000;
/** Faults that are told of one document: each costs time, above all the search for names that are like a wrong one. */
const MOST_FAULTS = 10;

/**
 * Refuses documents that would keep the parser, the validation or the execution busy. Parsing stops at the limit. Depth,
 * aliases and directives are counted before any other rule runs: as plugins of their own they would come after whatever
 * stands in the document before its operation. What validation said of a document is kept, so no rule may look at the
 * request.
 */
export function useDocumentLimits({ tokens, depth, aliases, suggestions }: DocumentLimits): Plugin {
  const rules = [
    NoFragmentCyclesRule,
    maxDepthRule({ n: depth, flattenFragments: true, ...reporting('depth of the document', depth) }),
    maxAliasesRule({ n: aliases, allowList: [], ...reporting('number of aliases', aliases) }),
    maxDirectivesRule({ n: MOST_DIRECTIVES, ...reporting('number of directives', MOST_DIRECTIVES) }),
  ] as ValidationRule[];
  // By document alone, as the schema and the rules are the same for every request of an endpoint: Yoga's own cache joins
  // the names of all rules each time to find that out.
  const judged = new WeakMap<DocumentNode, readonly Error[]>();
  return {
    onParse({ params, setParseFn }) {
      const { length } = String(params.source);
      const most = tokens * CHARACTERS_PER_TOKEN;
      if (length > most) throw limitExceeded('length of the document', length, most);
      setParseFn((source, options) => parse(source, { ...options, maxTokens: tokens }));
      return ({ result, replaceParseResult }) => {
        // The parser goes down with each bracket that is opened, and may find no end of the stack before that of its limit.
        const isTooMany = result instanceof GraphQLError && /more tha[nt] \d+ tokens/.test(result.message);
        if (isTooMany || result instanceof RangeError)
          replaceParseResult(limitExceeded('number of tokens', tokens + 1, tokens));
      };
    },
    onValidate({ params: { schema, documentAST }, setResult, setValidationFn }) {
      const known = judged.get(documentAST);
      if (known) {
        setResult(known);
        return;
      }
      setValidationFn((given: GraphQLSchema, document: DocumentNode, all: ValidationRule[]) =>
        validate(given, document, all, { maxErrors: MOST_FAULTS, hideSuggestions: !suggestions }),
      );
      const faults = validate(schema, documentAST, rules, { maxErrors: 1 });
      const work = countMergeWork(documentAST, MOST_MERGE_WORK);
      if (faults.length > 0) setResult(faults);
      else if (work > MOST_MERGE_WORK) setResult([limitExceeded('work of merging fields', work, MOST_MERGE_WORK)]);
      return ({ result }) => void judged.set(documentAST, result);
    },
  };
}

/** Has a rule of graphql-armor report a fault as others do, with a code; it says what it found in its message only. */
function reporting(limit: string, allowed: number) {
  const report = (context: ValidationContext | null, { message }: GraphQLError) =>
    context?.reportError(limitExceeded(limit, Number(/found (\d+)/.exec(message)?.[1]), allowed));
  return { onReject: [report], propagateOnRejection: false };
}
