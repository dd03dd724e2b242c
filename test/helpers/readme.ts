import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** README.md, whole. */
export const readme = readFileSync('README.md', 'utf8');

/** What stands between a heading of README.md and the next of its level, or of a higher one. */
export function section(heading: string, level = 2): string {
  const [, text] = readme.split(`\n${'#'.repeat(level)} ${heading}\n`);
  assert.ok(text, `there is a section "${heading}"`);
  return text.split(new RegExp(`\n#{2,${level}} `))[0] ?? '';
}

/** The blocks of code in a text, of one language. */
export function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, content = '']) => content);
}

/** Every GraphQL document that README shows: in blocks of its own, in bodies of curl, and in tags of TypeScript. */
export function readmeDocuments(): string[] {
  const shell = blocks(readme, 'sh').join('\n');
  const script = ['ts', 'tsx', 'js', 'jsx'].flatMap((language) => blocks(readme, language)).join('\n');
  return [
    ...blocks(readme, 'graphql'),
    ...[...shell.matchAll(/"query": ("(?:[^"\\]|\\.)*")/g)].map(([, json = '']) => JSON.parse(json) as string),
    ...[...script.matchAll(/\b(?:gql|graphql)(?:\(\s*)?(?:\/\*.*?\*\/\s*)?`([^`]+)`/g)].map(([, text = '']) => text),
  ];
}
