/** True for bytes that are text: UTF-8 without NUL. `isCut` where there is more behind them, so that the last character may be incomplete. */
export function isText(bytes: Uint8Array, isCut = false): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
    return true;
  } catch {
    return false;
  }
}
