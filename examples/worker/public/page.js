// Shows the stream of events while it arrives. What code printed is hostile: it is shown as text and pictures, never as HTML of this page.

const [code, run, stop, output] = ['code', 'run', 'stop', 'output'].map((id) => document.getElementById(id));

/** @param {string} kind @param {string} text */
function show(kind, text) {
  const part = document.createElement('span');
  part.className = kind;
  part.textContent = text;
  output.append(part);
}

/** @param {string} type @param {string} data */
function showPicture(type, data) {
  const picture = document.createElement('img');
  picture.src = `data:${type};base64,${data}`;
  picture.alt = 'a picture that the code drew';
  output.append(picture);
}

const shown = {
  stdout: (event) => show('stdout', event.text),
  stderr: (event) => show('stderr', event.text),
  error: (event) => show('error', `${event.traceback.join('\n')}\n`),
  result: (event) => {
    if (event.png !== undefined) showPicture('image/png', event.png);
    else if (event.jpeg !== undefined) showPicture('image/jpeg', event.jpeg);
    else if (event.text !== undefined) show('result', `${event.text}\n`);
  },
  execution_complete: (event) => show('end', `\n${event.outcome}, ${Math.round(event.usage.wallMs)} ms\n`),
};

/** Yields the events of a stream of Server-Sent Events. @param {ReadableStream<Uint8Array>} stream */
async function* readEvents(stream) {
  let rest = '';
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6));
  }
}

run.addEventListener('click', async () => {
  const abort = new AbortController();
  output.textContent = '';
  run.disabled = true;
  stop.disabled = false;
  stop.onclick = () => abort.abort();
  try {
    const response = await fetch('/run', { method: 'POST', body: code.value, signal: abort.signal });
    if (!response.ok) throw new Error((await response.json()).error.message);
    for await (const event of readEvents(response.body)) shown[event.type]?.(event);
  } catch (error) {
    show('error', abort.signal.aborted ? 'stopped\n' : `${error.message}\n`);
  } finally {
    run.disabled = false;
    stop.disabled = true;
  }
});
