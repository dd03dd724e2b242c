import { z } from 'zod';

const fileName = z.string();
const channels = z.tuple([z.number(), z.number(), z.number()]);
const scale = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/** Pictures by a network without a text encoder; texts by the rows of its classifier. */
export const visualManifest = z
  .strictObject({
    dimensions: z.int().positive(),
    vocabulary: z.literal('CLOSED'),
    images: z.strictObject({
      file: fileName,
      output: z.string(),
      width: z.int().positive(),
      height: z.int().positive(),
      fit: z.enum(['fill', 'cover', 'contain']),
      mean: channels,
      std: scale,
      batchSize: z.int().positive(),
      /** Subtracted from every feature before it is brought to length 1; measured as the mean feature of photographs. */
      center: z.array(z.number()).optional(),
    }),
    text: z.strictObject({ kind: z.literal('class-rows'), rows: fileName, vocabulary: fileName }),
  })
  .refine(({ dimensions, images: { center } }) => !center || center.length === dimensions, {
    error: ({ input }) => `not ${(input as { dimensions: number }).dimensions} numbers`,
    path: ['images', 'center'],
  });

export type VisualManifest = z.infer<typeof visualManifest>;

/** The files that the encoder reads. */
export function visualFiles({ images, text }: VisualManifest): string[] {
  return [images.file, text.rows, text.vocabulary];
}
