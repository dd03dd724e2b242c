import type { RotatedBox } from './rotated-box.ts';

/**
 * Puts boxes in rows from top to bottom, and each row from left to right. A box is in a row when its middle is within the
 * height of the row's first one.
 */
export function inReadingOrder<Item extends { box: RotatedBox }>(items: readonly Item[]): Item[] {
  const rows: Item[][] = [];
  for (const item of items.toSorted((one, other) => one.box.y - other.box.y)) {
    const row = rows.find(([first]) => first !== undefined && sharesRow(first.box, item.box));
    if (row) row.push(item);
    else rows.push([item]);
  }
  return rows.flatMap((row) => row.sort((one, other) => one.box.x - other.box.x));
}

function sharesRow(first: RotatedBox, other: RotatedBox): boolean {
  // Where the row, which may slant, has come to at the other's place.
  const y = first.y + (other.x - first.x) * Math.tan(first.angle);
  return Math.abs(other.y - y) < Math.min(first.height, other.height) / 2;
}
