import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

/** What users of Jupyter expect of IPython: cells of one context, and what each shows. */
const cells: Readonly<Record<string, readonly (readonly [code: string, order: readonly string[]])[]>> = {
  'the magics of folders': [
    ['%cd /tmp', ['stdout /tmp\n']],
    ['cd ..', ['stdout /\n']],
    ['%pushd /tmp', ['stdout /tmp\n', `result ['/']`]],
    ['%popd', ['stdout /\npopd -> /\n']],
    [
      '%cd -q /workspace\n%bookmark here\n%cd -q /\n%cd -b here',
      ['stdout (bookmark:here) -> /workspace\n/workspace\n'],
    ],
    ['import os\nos.getcwd(), sorted(os.listdir("."))', [`result ('/workspace', [])`]],
  ],
  'the folder where code begins': [
    ['%cd -q /tmp\n%cd -', ['stdout /workspace\n']],
    ['%cd', ['stdout /home/user\n']],
  ],
  'the name of the machine': [['import platform, socket\nplatform.node() == socket.gethostname()', ['result True']]],
  'modules of the workspace in processes that are no forks': [
    ['%%writefile m.py\ndef f(x): return x + 1', ['stdout Writing m.py\n']],
    [
      'import m, multiprocessing\nfor way in "spawn", "forkserver":\n    pool = multiprocessing.get_context(way).Pool(1)\n    print(pool.map_async(m.f, [1]).get(20))\n    pool.terminate()',
      ['stdout [2]\n[2]\n'],
    ],
  ],
  'what was run before': [
    ['1\n', ['result 1']],
    ['_i, _ii, _i1', [`result ('1', '', '1')`]],
    ['%who_ls', ['result []']],
    ['%tb', ['stderr No traceback available to show.\n']],
    ['1 / 0', ['error ZeroDivisionError']],
    ['%tb', ['error ZeroDivisionError']],
    ['%cd -q .', []],
    ['In[-2]', [`result "get_ipython().run_line_magic('cd', '-q .')"`]],
    ['%reset -f\nexit(3)', ['error SystemExit']],
  ],
  'context variables that code sets which awaits': [
    [
      'import asyncio, contextvars, decimal\nn = contextvars.ContextVar("n")\nn.set(None)\ndecimal.getcontext().prec = 5\nawait asyncio.sleep(0)',
      [],
    ],
    ['n.get(), decimal.Decimal(1) / 3', [`result (None, Decimal('0.33333'))`]],
    ['async def other(): n.set(3)\nn.set(2)\nawait asyncio.create_task(other())\n1 / 0', ['error ZeroDivisionError']],
    ['n.get()', ['result 2']],
  ],
  'progress bars of notebooks': [
    [
      'from tqdm.notebook import tqdm, trange\nlist(tqdm([5, 6])), [i for i in trange(2, desc="range")]',
      [expect.stringMatching(/^stderr [^]*100%.* 2\/2 [^]*range: 100%.* 2\/2 /), 'result ([5, 6], [0, 1])'],
    ],
  ],
  'what was copied with its prompts': [
    ['In [3]: 1 + 1', ['result 2']],
    ['In [4]: n = 20\n\nIn [5]: n + 1\nOut[5]: 21\n\nIn [6]: n + 2', ['result 22']],
    ['In[1]', [`result '1 + 1'`]],
  ],
  'calls without parentheses': [
    ['%autocall 1', ['stdout Automatic calling is: Smart\n']],
    ['len [1]', ['stdout ------> len([1])\n', 'result 1']],
    ['%autocall 0\nlen', [expect.stringMatching(/^stdout /), expect.stringMatching(/^result /)]],
  ],
  'errors that code handles itself': [
    [
      'def tell(shell, kind, error, trace, tb_offset=None): print("told:", error)\nget_ipython().set_custom_exc((ZeroDivisionError,), tell)\n1 / 0',
      ['stdout told: division by zero\n'],
    ],
    ['{}["x"]', ['error KeyError']],
    ['get_ipython().set_custom_exc((BaseException,), tell)\nexit(3)', ['error SystemExit']],
    ['get_ipython().set_custom_exc((), None)\n1 / 0', ['error ZeroDivisionError']],
  ],
  'a generator that code leaves before its end': [
    [
      'async def numbers():\n    try:\n        yield 1\n        yield 2\n    finally: print("closed")\nasync for n in numbers(): break',
      ['stdout closed\n'],
    ],
  ],
  'open, which is that of Python': [
    ['with open(1, "w", closefd=False) as file: print("x", file=file)', ['stdout x\n']],
    [
      'from unittest import mock\nwith mock.patch("builtins.open", mock.mock_open(read_data="y")): print(open("no file").read())',
      ['stdout y\n'],
    ],
  ],
  'values that are stored': [
    ['x = [1]\n%store x', [`stdout Stored 'x' (list)\n`]],
    ['x.append(2)\n%store -r x\nx', ['result [1]']],
    ['%store -d x\n%store -z\nget_ipython().db.keys()', ['result []']],
  ],
  'tasks that are started without await': [
    [
      'import asyncio\ngate = asyncio.Event()\nasync def job():\n    print("begins")\n    await gate.wait()\n    await asyncio.sleep(0.01)\n    return 7\ntask = asyncio.create_task(job(), name="job")\nprint(task.get_name())',
      ['stdout job\nbegins\n'],
    ],
    ['task.done()', ['result False']],
    ['gate.set()\nawait task', ['result 7']],
    ['other = asyncio.ensure_future(job())', ['stdout begins\n']],
    ['asyncio.get_event_loop().run_until_complete(other)', ['result 7']],
  ],
  'loops of code that awaits nothing': [
    ['import asyncio\nasync def job(): return 7\nasyncio.run(job())', ['result 7']],
    ['loop = asyncio.get_event_loop()\nloop.run_until_complete(job())', ['result 7']],
    ['loop.close()', []],
    ['asyncio.get_event_loop().run_until_complete(job())', ['result 7']],
    ['try:\n    asyncio.get_running_loop()\nexcept RuntimeError:\n    print(asyncio.run(job()))', ['stdout 7\n']],
    ['await job(), asyncio.get_running_loop() is asyncio.get_event_loop()', ['result (7, True)']],
  ],
  'a loop that code runs in a thread': [
    [
      'import asyncio, threading\nloop = asyncio.get_event_loop()\nthread = threading.Thread(target=loop.run_forever, daemon=True)\nthread.start()\nasyncio.run_coroutine_threadsafe(asyncio.sleep(0, 5), loop).result()',
      ['result 5'],
    ],
    ['await asyncio.sleep(0, 6)', ['result 6']],
    ['asyncio.run_coroutine_threadsafe(asyncio.sleep(0, 7), loop).result()', ['result 7']],
  ],
  'a loop that code stops': [
    ['import asyncio\nloop = asyncio.get_event_loop()\nloop.call_soon(loop.stop)\nprint("x")', ['stdout x\n']],
    ['loop.stop()\nawait asyncio.sleep(0.01, 7)', ['result 7']],
    ['loop.run_until_complete(asyncio.sleep(0, 8))', ['result 8']],
  ],
  'a loop that code has set': [
    [
      'import asyncio\nasync def job(): return 7\nloop = asyncio.new_event_loop()\nasyncio.set_event_loop(loop)\ntask = asyncio.create_task(job())\nloop.run_until_complete(task)',
      ['result 7'],
    ],
    ['loop.close()\ntask = asyncio.create_task(job())', []],
    ['await task', ['result 7']],
  ],
  'a fork of code, and the loop of its parent': [
    [
      'import asyncio, os\nasync def job(): return 7\ntask = asyncio.ensure_future(job())\nchild = os.fork()\nif child == 0:\n    os._exit(asyncio.get_event_loop().run_until_complete(job()))\nos.waitstatus_to_exitcode(os.waitpid(child, 0)[1])',
      ['result 7'],
    ],
    ['await task', ['result 7']],
  ],
  'modules that are loaded again when they have changed': [
    ['%load_ext autoreload\n%autoreload 2', []],
    ['%%writefile m.py\ndef f(): return 1', ['stdout Writing m.py\n']],
    ['import m\nm.f()', ['result 1']],
    ['%%writefile m.py\ndef f(): return 22222', ['stdout Overwriting m.py\n']],
    ['m.f()', ['result 22222']],
  ],
  'figures where code asks for windows': [
    [
      '%matplotlib notebook\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);',
      [
        expect.stringMatching(/^stderr %matplotlib notebook is not possible .*ipykernel/),
        'result <Figure size 640x480 with 1 Axes>',
      ],
    ],
    ['%matplotlib widget', [expect.stringMatching(/^stderr %matplotlib widget is not possible /)]],
    ['%matplotlib', ['stdout Using matplotlib backend: inline\n']],
    ['%matplotlib nosuch', ['error RuntimeError']],
  ],
  'names that code has cleared': [
    ['globals().clear()', []],
    ['3', ['result 3']],
    ['_', ['result 3']],
  ],
  'who listens to cells': [
    [
      'ip = get_ipython()\ndef pre(info): print("pre", info.raw_cell)\ndef post(run): print("post", run.execution_count, run.result, repr(run.error_before_exec or run.error_in_exec))\nip.events.register("pre_run_cell", pre)\nip.events.register("post_run_cell", post)',
      ['stdout post 1 None None\n'],
    ],
    ['1 + 1', ['stdout pre 1 + 1\n', 'result 2', 'stdout post 2 2 None\n']],
    ['1 / 0', [`stdout pre 1 / 0\npost 3 None ZeroDivisionError('division by zero')\n`, 'error ZeroDivisionError']],
    [
      'ip.events.unregister("pre_run_cell", pre)\nip.events.unregister("post_run_cell", post)',
      [expect.stringMatching(/^stdout pre /)],
    ],
    ['1', ['result 1']],
  ],
  'a cell that runs another': [
    ['get_ipython().run_cell("x = 1")\nx', ['result 1']],
    ['run = get_ipython().run_cell("x + 1")\n[run.result]', ['result 2', 'result [2]']],
    ['%%capture c\nprint("a")\ndisplay(4)\n5', []],
    ['c.stdout, [shown.data["text/plain"] for shown in c.outputs]', [`result ('a\\n', ['4', '5'])`]],
    ['6', ['result 6']],
  ],
};

export function describeIpython(suite: Suite): void {
  suite.topic('IPython', () => {
    test.concurrent.for(Object.entries(cells))('%s', async ([, steps]) => {
      const box = suite.box();
      for (const [code, order] of steps) {
        expect((await box.run(code)).order, code).toEqual(order);
      }
    });
  });
}
