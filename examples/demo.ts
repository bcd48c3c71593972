// Runs two programs in isolated sandboxes and prints every event when it arrives. Start it with: npm run demo
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createHost } from '@quicksand/host';
import { type Sandbox, type StreamingEvent, getSandbox } from '@quicksand/sdk';

/** Prints lines with the time since now, in milliseconds. */
function createClock(): (...parts: unknown[]) => void {
  const start = performance.now();
  return (...parts) => console.log(`${(performance.now() - start).toFixed(0).padStart(6)} ms `, ...parts);
}

/** The counting loop, its stream read by hand: split at line ends, keep the lines that start with "data: ". */
async function count(sandbox: Sandbox): Promise<number> {
  const print = createClock();
  let outputs = 0;
  const stream = await sandbox.runCodeStream(`
import time
for i in range(5):
    print(f"Count: {i}")
    time.sleep(0.5)
`);
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    buffer += decoder.decode(value, { stream: true });
    const lines = buffer.split('\n');
    buffer = lines.pop() || '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.substring(6)) as StreamingEvent;
      switch (event.type) {
        case 'stdout':
          outputs++;
          print('Output:', event.text?.trimEnd());
          break;
        case 'stderr':
          print('Error:', event.text);
          break;
        case 'error':
          print('Execution error:', event.evalue);
          break;
        case 'execution_complete':
          print('Execution complete');
          break;
      }
    }
  }
  return outputs;
}

const analysis = `
import matplotlib.cbook as cbook
import matplotlib.pyplot as plt
import pandas as pd

prices = pd.read_csv(cbook.get_sample_data("Stocks.csv", asfileobj=False), comment="#", parse_dates=["Date"], index_col="Date").dropna(how="all")
print(f"{len(prices)} months of {', '.join(prices.columns)}, {prices.index[0]:%Y-%m} to {prices.index[-1]:%Y-%m}")
display(prices.describe().round(1))

growth = prices / prices.bfill().iloc[0]
growth.plot(logy=True, figsize=(8, 4.5), title="Growth since the first month")
plt.ylabel("price / first price")
plt.show()
prices.iloc[-1].idxmax()
`;

/** Reads a CSV file with pandas and draws it; saves the picture. */
async function plot(sandbox: Sandbox, folder: string): Promise<string | undefined> {
  const print = createClock();
  let path: string | undefined;
  await sandbox.runCode(analysis, {
    onStdout: ({ text }) => print('stdout ', text.trimEnd()),
    onStderr: ({ text }) => print('stderr ', text.trimEnd()),
    onError: ({ name, message }) => print('error  ', name, message),
    onResult: async (result) => {
      print('result ', result.formats().join(', '));
      if (!result.png) return console.log(result.text);
      await mkdir(folder, { recursive: true });
      path = resolve(folder, 'growth.png');
      await writeFile(path, Buffer.from(result.png, 'base64'));
      print('saved  ', path);
    },
  });
  print('complete');
  return path;
}

const print = createClock();
await using host = await createHost();
print('the host is ready');
const sandbox = getSandbox(host, 'demo');
try {
  console.log('\nA loop that prints every half second:');
  const outputs = await count(sandbox);
  console.log('\nA CSV file, read with pandas and drawn with matplotlib:');
  const path = await plot(sandbox, 'out');
  if (outputs !== 5 || path === undefined) throw new Error('the demo did not do what it says');
} finally {
  await sandbox.destroy();
}
