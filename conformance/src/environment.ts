import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

const show = (...names: string[]): string => `import os\nprint([os.environ.get(n) for n in ${JSON.stringify(names)}])`;

export function describeEnvironment(suite: Suite): void {
  suite.topic('environment', () => {
    test.concurrent('envVars of an execution are set for it and its children, and gone after it', async () => {
      const box = suite.box();
      const run = await box.run(`${show('A', 'B')}\n!echo $A`, { envVars: { A: 'é 1', B: '' } });
      expect(run.stdout).toBe(`['é 1', '']\né 1\n`);
      expect((await box.run(`${show('A', 'B')}\n!echo "[$A]"`)).stdout).toBe('[None, None]\n[]\n');
    });

    test.concurrent('a variable that was there before gets its value back', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext({ envVars: { A: 'context', B: 'context' } });
      expect((await box.run(show('A', 'B'), { contextId })).stdout).toBe(`['context', 'context']\n`);
      expect((await box.run(show('A', 'B'), { contextId, envVars: { A: 'execution' } })).stdout).toBe(
        `['execution', 'context']\n`,
      );
      expect((await box.run(show('A', 'B'), { contextId })).stdout).toBe(`['context', 'context']\n`);
    });

    test.concurrent('variables are restored after an error, after a timeout, and when the code changed or removed them', async () => {
      const box = suite.box();
      const envVars = { A: 'x' };
      await box.run('1/0', { envVars });
      expect((await box.run(show('A'))).stdout).toBe('[None]\n');
      expect((await box.run('while True: pass', { envVars, timeout: 300 })).end.outcome).toBe('timeout');
      expect((await box.run(show('A'))).stdout).toBe('[None]\n');
      await box.run(`import os\nos.environ['A'] = 'changed'`, { envVars });
      expect((await box.run(show('A'))).stdout).toBe('[None]\n');
      await box.run(`del os.environ['A']`, { envVars });
      expect((await box.run(show('A'))).stdout).toBe('[None]\n');
    });

    test.concurrent('the time zone is that of the environment', async () => {
      const box = suite.box();
      const code = 'import time\nprint(time.strftime("%H", time.localtime(0)))';
      expect((await box.run(code, { envVars: { TZ: 'Asia/Tokyo' } })).stdout).toBe('09\n');
      expect((await box.run(code)).stdout).toBe('00\n');
    });

    test.concurrent('what the code itself sets is kept', async () => {
      const box = suite.box();
      await box.run(`import os\nos.environ['MINE'] = '1'`, { envVars: { OTHER: '2' } });
      expect((await box.run(show('MINE', 'OTHER'))).stdout).toBe(`['1', None]\n`);
    });

    test.concurrent('envVars of a context stay in it', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext({ envVars: { ONLY: 'here' } });
      expect((await box.run(show('ONLY'), { contextId })).stdout).toBe(`['here']\n`);
      expect((await box.run(show('ONLY'))).stdout).toBe('[None]\n');
    });

    test.concurrent('envVars of a context are there in the kernel that follows a dead one', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext({ envVars: { KEPT: 'yes' }, cwd: '/tmp' });
      await box.run('import os\nos._exit(1)', { contextId });
      expect((await box.run(`${show('KEPT')}\nprint(os.getcwd())`, { contextId })).stdout).toBe(`['yes']\n/tmp\n`);
    });

    test.concurrent('cwd of a context is where its code and its children start', async () => {
      const box = suite.box();
      expect(
        (
          await box.run(
            `import os\nos.makedirs('/workspace/a b/ü')\nopen('/workspace/a b/ü/m.py', 'w').write('v = 9')\nos.getcwd()`,
          )
        ).results[0]?.text,
      ).toBe(`'/workspace'`);
      const { id: contextId, cwd } = await box.createContext({ cwd: '/workspace/a b/ü' });
      expect(cwd).toBe('/workspace/a b/ü');
      expect((await box.run(`import os, m\nprint(os.getcwd(), m.v)\n!pwd`, { contextId })).stdout).toBe(
        '/workspace/a b/ü 9\n/workspace/a b/ü\n',
      );
    });

    test.concurrent.for(['/no/such/folder', '/etc/passwd', '/root/x'])(
      'cwd %s is refused, and no context is made',
      async (cwd) => {
        const box = suite.box();
        await expect(box.createContext({ cwd })).rejects.toMatchObject({
          code: 'cwd_unusable',
          status: 422,
          hint: expect.any(String),
        });
        expect(await box.contexts()).toEqual([]);
        expect((await box.run('1')).end.outcome).toBe('ok');
      },
    );
  });

  suite.topic('isolation', () => {
    test.concurrent('the environment of the host is not there', async () => {
      const run = await suite
        .box()
        .run(
          `import os\nprint('\\n'.join(sorted(os.environ)))\nprint(os.environ['HOME'], os.environ['PATH'].startswith('/'))`,
        );
      // Where npm reads its settings is told it in a variable.
      expect(run.stdout.replace('NPM_CONFIG_GLOBALCONFIG\n', '')).not.toMatch(
        /TOKEN|SECRET|KEY|SSH|npm_|NODE|VITEST|QUICKSAND|PYTHONPATH/i,
      );
      expect(run.stdout).toContain('/home/user True');
    });

    const refused: Readonly<Record<string, string>> = {
      '/etc/shadow': `open('/etc/shadow').read()`,
      'a file in /root': `import os\nassert os.listdir('/root') == [] and False`,
      "a file in the host's root": `import os\nassert set(os.listdir('/')) & {'work', 'boot', 'mnt', 'srv', 'run', 'media'}`,
      'the workspaces of the host': `import os\nos.listdir('/var/lib/quicksand/workspaces')`,
      'what else the host keeps': `open('/var/lib/quicksand/environment.json')`,
      'the sockets of the host': `import os\nos.listdir('/run/quicksand')`,
      'writing to /usr': `open('/usr/x', 'w')`,
      'writing to /': `open('/x', 'w')`,
      'writing to /etc': `open('/etc/x', 'w')`,
      'writing to the Python environment': `import numpy, os\nopen(os.path.join(os.path.dirname(numpy.__file__), 'x'), 'w')`,
      'a connection to another machine': `import socket\nsocket.create_connection(('1.1.1.1', 80), timeout=5)`,
      'a connection to the host': `import socket\nsocket.create_connection(('127.0.0.1', 7070), timeout=5)`,
      'a name': `import socket\nsocket.getaddrinfo('example.com', 80)`,
      'becoming root': `import os\nos.setuid(0)`,
      mounting: `import ctypes\nl = ctypes.CDLL(None, use_errno=True)\nassert l.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0`,
    };
    test.concurrent.for(Object.entries(refused))('%s is out of reach', async ([, code]) => {
      const run = await suite.box().run(code, { timeout: 15_000 });
      expect(run.end.outcome, JSON.stringify(run.summary)).toBe('error');
      expect(run.error.ename).toMatch(
        /^(PermissionError|FileNotFoundError|OSError|gaierror|ConnectionRefusedError|AssertionError|TimeoutError)$/,
      );
    });

    test.concurrent('code runs as an ordinary user, and may write where it should', async () => {
      const run = await suite
        .box()
        .run(
          `import os, getpass\nfor f in ('/workspace/a', '/tmp/a', '/home/user/a'): open(f, 'w').write('x')\nprint(os.getuid(), os.getgid(), os.geteuid(), os.getgroups(), getpass.getuser(), os.uname().nodename)\n!id -u`,
        );
      expect(run.stdout).toMatch(/^1000 1000 1000 \[(1000|65534|1000, 65534)?\] user sandbox\n1000\n$/);
    });

    test.concurrent('only processes of the sandbox can be seen', async () => {
      const run = await suite
        .box()
        .run(
          `import os\npids = [p for p in os.listdir('/proc') if p.isdigit()]\nprint(len(pids) < 10)\nprint([open(f'/proc/{p}/comm').read().strip() for p in pids])`,
        );
      expect(run.stdout).toMatch(/^True\n/);
      expect(run.stdout).not.toMatch(/node|vitest|systemd|init/);
    });

    test.concurrent('there is no network but the loopback', async () => {
      const run = await suite
        .box()
        .run(`print(sorted(line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:]))`);
      expect(run.stdout).toBe(`['lo']\n`);
    });

    test.concurrent('the kernel has no descriptor of the host beside its own channel and pipes', async () => {
      const run = await suite
        .box()
        .run(
          `import os\nlinks = []\nfor fd in os.listdir('/proc/self/fd'):\n    try: links.append(os.readlink(f'/proc/self/fd/{fd}'))\n    except OSError: pass\nprint('\\n'.join(sorted(links)))`,
        );
      const links = run.stdout.trim().split('\n');
      expect(links.filter((link) => link.startsWith('socket:')).length).toBeLessThanOrEqual(3);
      for (const link of links)
        expect(link).toMatch(
          /^(socket:|pipe:|anon_inode:|\/dev\/null|\/proc\/\d+\/fd|\/.*\/(stdout|stderr)( \(deleted\))?$)/,
        );
    });

    test.concurrent('code that ends every process it can see ends its own alone', async () => {
      const [box, other] = [suite.box(), suite.box()];
      await other.run('x = 1');
      await box.run(
        `import os, signal\ntry: os.kill(-1, signal.SIGKILL)\nexcept OSError: pass\nfor p in os.listdir('/proc'):\n    if p.isdigit() and int(p) != os.getpid():\n        try: os.kill(int(p), 9)\n        except OSError: pass`,
      );
      expect((await other.run('x')).results[0]?.text).toBe('1');
      // Its own end may come a moment later, and hit what runs then: by name, and not for as long as this case may take.
      let run = await box.run('1 + 1');
      for (; run.end.outcome !== 'ok'; run = await box.run('1 + 1')) {
        expect(run.error.ename).toMatch(/^Quicksand\.Kernel(Killed|StartFailed)$/);
        expect(run.end).toMatchObject({ outcome: 'killed', state: 'lost' });
      }
      expect(run.results[0]?.text).toBe('2');
    });
  });
}
