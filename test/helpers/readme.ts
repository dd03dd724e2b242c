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
