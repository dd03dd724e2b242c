import type { CodegenConfig } from '@graphql-codegen/cli';

/** What the custom scalars are in TypeScript. */
const scalars = {
  ID: 'string',
  DateTime: 'string',
  JSONObject: 'Record<string, unknown>',
  URL: 'string',
  Upload: 'File',
};

/** Of the client preset, for code that Node runs as it is. */
const config = {
  scalars,
  enumType: 'string-literal',
  useTypeImports: true,
  immutableTypes: true,
  importExtension: '.ts',
} as const;

/** `npm run codegen`: the types of the documents in the client, the console and the tests of both. */
export default {
  schema: 'schema.graphql',
  importExtension: '.ts',
  generates: {
    'src/client/generated/': {
      preset: 'client',
      documents: ['src/client/*.graphql'],
      presetConfig: { fragmentMasking: false },
      config: { ...config, documentMode: 'string' },
    },
    'src/console/generated/': {
      preset: 'client',
      documents: ['src/console/api/*.ts'],
      presetConfig: { fragmentMasking: false },
      config,
    },
  },
} satisfies CodegenConfig;
