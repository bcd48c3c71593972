/** What went wrong, in few words: Node's fetch hides it in the cause of `TypeError: fetch failed`. */
export function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  if (!(cause instanceof Error)) return message;
  return cause.message || String((cause as { code?: unknown }).code ?? message);
}
