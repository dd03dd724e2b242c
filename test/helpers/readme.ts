import { readFile } from 'node:fs/promises';

const README = new URL('../../README.md', import.meta.url);

/** The code blocks of one language in README's section with this heading, of whatever level, up to the next heading. */
export async function readmeBlocks(heading: string, language: string): Promise<string[]> {
  const [, section] = (await readFile(README, 'utf8')).split(new RegExp(`^##+ ${RegExp.escape(heading)}\n`, 'm'));
  if (section === undefined) throw new Error(`README has no section "${heading}"`);
  return codeBlocks(section.split(/^##+ /m)[0] ?? '', language);
}

/** The code blocks of one language in a text of Markdown. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, content = '']) => content);
}
