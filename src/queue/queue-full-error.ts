/** Every place of a queue is taken. */
export class QueueFullError extends Error {
  override name = 'QueueFullError';
  /** Places that there are, for this holder where one is named. */
  readonly places: number;
  /** Seconds in which those that are in front will have been served, at the speed of late. */
  readonly retryAfter: number;
  /** Who has taken all that one holder may have; others are let in. */
  readonly holder: string | undefined;

  constructor(places: number, retryAfter: number, holder?: string) {
    super(`All of the ${places} places are taken.`);
    this.places = places;
    this.retryAfter = retryAfter;
    this.holder = holder;
  }
}
