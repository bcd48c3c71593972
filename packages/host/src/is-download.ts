/** Whether the body of an answer is what is in a sandbox, of any length and any type: those alone have this header. */
export function isDownload({ body, headers }: Response): boolean {
  return body !== null && headers.get('Content-Security-Policy') === 'sandbox';
}
