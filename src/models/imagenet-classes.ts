const ENTRY = /^\s*(\d+):\s*((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\s|\+)+),?$/gm;
const LITERAL = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g;

/**
 * The names of the 1000 ImageNet classes, in order, out of the source text of `imagenet_classes.js`: an object literal of
 * numbers and texts, some joined with `+`. It is read as data and never run. Each class has one or more names.
 */
export function parseImagenetClasses(source: string): string[][] {
  const classes: string[][] = [];
  for (const [, id, literals = ''] of source.matchAll(ENTRY)) {
    if (Number(id) !== classes.length)
      throw new Error(`Class ${classes.length} is missing, ${id} stands in its place.`);
    const parts = [...literals.matchAll(LITERAL)].map(([, single, double]) => single ?? double ?? '');
    const names = parts.join('').replace(/\\(.)/g, '$1').split(',');
    classes.push(names.map((name) => name.trim()).filter(Boolean));
  }
  if (classes.length !== 1000) throw new Error(`Expected the names of 1000 classes, found ${classes.length}.`);
  return classes;
}
