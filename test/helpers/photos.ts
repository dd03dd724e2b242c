import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '/usr/lib/python3/dist-packages/skimage/data';

/** Photographs of Debian's python3-skimage, by what they show. */
const PHOTOS = {
  cat: 'chelsea.png',
  espresso: 'coffee.png',
  rocket: 'rocket.jpg',
  motorcycle: 'motorcycle_left.png',
  astronaut: 'astronaut.png',
  photographer: 'camera.png',
  coins: 'coins.png',
  page: 'page.png',
  grass: 'grass.png',
  brick: 'brick.png',
} as const;

export type PhotoName = keyof typeof PHOTOS;

/** The path of a photograph. Throws when Debian's package is not installed. */
export function photo(name: PhotoName): string {
  const path = join(FOLDER, PHOTOS[name]);
  if (!existsSync(path))
    throw new Error(`${path} is missing. Install the photographs: apt-get install python3-skimage`);
  return path;
}

/** The names of all photographs. */
export const photoNames = Object.keys(PHOTOS) as PhotoName[];
