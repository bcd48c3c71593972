/** Text for a terminal: what could steer it, as a file name of a sandbox may, is shown as escapes. */
export function toPrintable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what it is for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes for people. */
export function toSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
