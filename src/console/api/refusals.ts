/** An expected failure of a mutation or a search. */
interface Refusal {
  readonly message: string;
  readonly issues?: readonly { readonly message: string }[];
}

/** What the server has against it, for a person: without the places in the request, which only the page knows. */
export function describeRefusal({ message, issues }: Refusal): string {
  return issues?.map((issue) => issue.message).join(' ') ?? message;
}
