/** A step's time so far is shown after this long where the output is no terminal, and then again each time. */
const tickMs = 5000;

/**
 * @typedef {(line: string) => void} Report shows what the step is doing at the moment
 * @typedef {{
 *   step: <T extends { note?: string } | void>(title: string, work: (report: Report) => Promise<T>) => Promise<T>,
 *   notice: (text: string) => void,
 * }} Progress
 */

/**
 * Shows set-up as one line per step with its time; long steps tick.
 *
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Progress}
 */
export function createProgress(stream = process.stderr) {
  return {
    async step(title, work) {
      const line = openStepLine(stream, title);
      try {
        const result = await work(line.report);
        line.close('ok', result?.note ?? '');
        return result;
      } catch (error) {
        line.close('FAILED', '');
        throw error;
      }
    },
    notice: (text) => void stream.write(`${text}\n`),
  };
}

/** @param {NodeJS.WriteStream} stream @param {string} title * @returns {{ report: Report, close: (mark: string, note: string) => void }}
 */
function openStepLine(stream, title) {
  const started = performance.now();
  let last = '';
  const draw = () => {
    const text = `  ..  ${title.padEnd(20)} ${seconds(started)}  ${last}`;
    if (stream.isTTY) stream.write(`\r\u001B[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
    else stream.write(`${text.trimEnd().slice(0, 110)}\n`);
  };
  if (stream.isTTY) draw();
  const timer = setInterval(draw, stream.isTTY ? 200 : tickMs);
  return {
    /** @param {string} line */
    report(line) {
      // Lists of indexes are left out, since an address may carry somebody's password, and so are a tool's warnings.
      if (!/^(Looking in |WARNING|npm warn)/.test(line)) last = line;
    },
    /** @param {string} mark @param {string} note */
    close(mark, note) {
      clearInterval(timer);
      const text = `  ${mark}  ${title.padEnd(20)} ${seconds(started)}  ${note}`.trimEnd();
      stream.write(`${stream.isTTY ? '\r\u001B[K' : ''}${text}\n`);
    },
  };
}

/** @param {number} started */
function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s`;
}
