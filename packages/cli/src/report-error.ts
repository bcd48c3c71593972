/** Says on standard error what went wrong, and what to do. */
export function reportError({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): void {
  process.stderr.write(`quicksand: ${message}\n${hint ? `  ${hint}\n` : ''}`);
}
