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

/** Every GraphQL document that README shows: in blocks of its own, in bodies of curl, and in tags of TypeScript. */
export async function readmeDocuments(): Promise<string[]> {
  const readme = await readFile(README, 'utf8');
  const shell = codeBlocks(readme, 'sh').join('\n');
  const script = ['ts', 'tsx', 'js', 'jsx'].flatMap((language) => codeBlocks(readme, language)).join('\n');
  return [
    ...codeBlocks(readme, 'graphql'),
    ...[...shell.matchAll(/"query": ("(?:[^"\\]|\\.)*")/g)].map(([, json = '']) => JSON.parse(json) as string),
    ...[...script.matchAll(/\b(?:gql|graphql)(?:\(\s*)?(?:\/\*.*?\*\/\s*)?`([^`]+)`/g)].map(([, text = '']) => text),
  ];
}
