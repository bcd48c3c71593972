/**
 * The whole transition table of `context-machine.ts`: what each input makes of each standing, as "the standing after it | effect | effect".
 * `=` stands for the same standing; `unchanged` lists the inputs that change nothing and have no effect. In a turn, `!` is an interrupt that was not acknowledged.
 */
export interface Transitions {
  readonly changes: Readonly<Record<string, string>>;
  readonly unchanged: string;
}

export const contextTransitions: Readonly<Record<string, Transitions>> = {
  none: {
    changes: {
      start: 'starting | open-kernel',
      'enqueue x': 'starting [x] | open-kernel',
      restart: 'starting | open-kernel',
      close: 'closed closing | tell closed',
    },
    unchanged:
      'interrupt a, kill a, stop b, kernel-started, kernel-failed, kernel-ended, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  starting: {
    changes: {
      'enqueue x': 'starting [x]',
      close: 'starting closing',
      'kernel-started': 'idle | tell ready',
      'kernel-failed': 'none | tell failed',
    },
    unchanged:
      'start, interrupt a, kill a, stop b, restart, kernel-ended, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'starting, two wait': {
    changes: {
      'enqueue x': 'starting [b c x]',
      'stop b': 'starting [c] | drop b lost',
      close: 'starting [b c] closing',
      'kernel-started': 'running b1 [c] | tell ready | execute b 1',
      'kernel-failed': 'starting [c] | tell failed | fail b | open-kernel',
    },
    unchanged:
      'start, interrupt a, kill a, restart, kernel-ended, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'starting, closing': {
    changes: {
      'enqueue x': '= | refuse closed',
      'kernel-started': 'ending closing | kill-kernel',
      'kernel-failed': 'closed closing | tell closed',
    },
    unchanged:
      'start, interrupt a, kill a, stop b, restart, close, kernel-ended, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'starting, two wait, closing': {
    changes: {
      'enqueue x': '= | refuse closed',
      'stop b': 'starting [c] closing | drop b lost',
      'kernel-started': 'ending [b c] closing | kill-kernel',
      'kernel-failed': 'closed [b c] closing | tell closed',
    },
    unchanged:
      'start, interrupt a, kill a, restart, close, kernel-ended, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'idle, has run nothing': {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'running x1 | execute x 1',
      restart: 'ending since a restart was asked for | kill-kernel',
      close: 'ending closing | kill-kernel',
      'kernel-ended': 'none restarts 1 (itself)',
    },
    unchanged:
      'interrupt a, kill a, stop b, kernel-started, kernel-failed, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  idle: {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'running x3 | execute x 3',
      restart: 'ending since a restart was asked for | kill-kernel',
      close: 'ending closing | kill-kernel',
      'kernel-ended': 'starting restarts 1 (itself) | open-kernel',
    },
    unchanged:
      'interrupt a, kill a, stop b, kernel-started, kernel-failed, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  running: {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'running a2 [x]',
      'interrupt a': 'stopping! a2 | read-on | interrupt 2 | start-grace 2',
      'kill a': 'killed a2 | read-on | kill-kernel',
      restart: 'killed a2 since a restart was asked for | kill-kernel',
      close: 'killed a2 closing | kill-kernel',
      'kernel-ended': 'starting restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'idle | finish a 2 kept',
      'refused 2': 'running refused a2',
    },
    unchanged:
      'stop b, kernel-started, kernel-failed, done 1, acknowledged 2, acknowledged 1, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'running, two wait': {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'running a2 [b c x]',
      'interrupt a': 'stopping! a2 [b c] | read-on | interrupt 2 | start-grace 2',
      'kill a': 'killed a2 [b c] | read-on | kill-kernel',
      'stop b': 'running a2 [c] | drop b kept',
      restart: 'killed a2 [b c] since a restart was asked for | kill-kernel',
      close: 'killed a2 [b c] closing | kill-kernel',
      'kernel-ended': 'starting [b c] restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'running b3 [c] | finish a 2 kept | execute b 3',
      'refused 2': 'running refused a2 [b c]',
    },
    unchanged:
      'kernel-started, kernel-failed, done 1, acknowledged 2, acknowledged 1, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'running, three wait': {
    changes: {
      start: '= | tell ready',
      'enqueue x': '= | refuse full',
      'interrupt a': 'stopping! a2 [b c d] | read-on | interrupt 2 | start-grace 2',
      'kill a': 'killed a2 [b c d] | read-on | kill-kernel',
      'stop b': 'running a2 [c d] | drop b kept',
      restart: 'killed a2 [b c d] since a restart was asked for | kill-kernel',
      close: 'killed a2 [b c d] closing | kill-kernel',
      'kernel-ended': 'starting [b c d] restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'running b3 [c d] | finish a 2 kept | execute b 3',
      'refused 2': 'running refused a2 [b c d]',
    },
    unchanged:
      'kernel-started, kernel-failed, done 1, acknowledged 2, acknowledged 1, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'running, refused': {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'running refused a2 [x]',
      'interrupt a': 'stopping! refused a2 | read-on | interrupt 2 | start-grace 2',
      'kill a': 'killed refused a2 | read-on | kill-kernel',
      restart: 'killed refused a2 since a restart was asked for | kill-kernel',
      close: 'killed refused a2 closing | kill-kernel',
      'kernel-ended': 'starting restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'settling! done refused a2 | end-children 2',
    },
    unchanged:
      'stop b, kernel-started, kernel-failed, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  stopping: {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'stopping! a2 [x]',
      'interrupt a': '= | read-on',
      'kill a': 'killed! a2 | read-on | kill-kernel',
      restart: 'killed! a2 since a restart was asked for | kill-kernel',
      close: 'killed! a2 closing | kill-kernel',
      'kernel-ended': 'starting restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'stopping! done a2',
      'acknowledged 2': 'stopping a2',
      'refused 2': 'stopping! refused a2',
      'half-grace-passed 2': '= | insist 2 false',
      'grace-passed 2': 'killed! a2 since the code did not yield to an interrupt | kill-kernel',
    },
    unchanged: 'stop b, kernel-started, kernel-failed, done 1, acknowledged 1, grace-passed 1',
  },
  'stopping, acknowledged': {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'stopping a2 [x]',
      'interrupt a': '= | read-on',
      'kill a': 'killed a2 | read-on | kill-kernel',
      restart: 'killed a2 since a restart was asked for | kill-kernel',
      close: 'killed a2 closing | kill-kernel',
      'kernel-ended': 'starting restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'settling! done a2 | end-children 2',
      'refused 2': 'stopping refused a2',
      'half-grace-passed 2': '= | insist 2 true',
      'grace-passed 2': 'killed a2 since the code did not yield to an interrupt | kill-kernel',
    },
    unchanged: 'stop b, kernel-started, kernel-failed, done 1, acknowledged 2, acknowledged 1, grace-passed 1',
  },
  'stopping, done': {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'stopping! done a2 [x]',
      'interrupt a': '= | read-on',
      'kill a': 'killed! done a2 | read-on | kill-kernel',
      restart: 'killed! done a2 since a restart was asked for | kill-kernel',
      close: 'killed! done a2 closing | kill-kernel',
      'kernel-ended': 'starting restarts 1 (itself) | finish a 2 lost | open-kernel',
      'acknowledged 2': 'settling! done a2 | end-children 2',
      'refused 2': 'stopping! done refused a2',
      'grace-passed 2': 'killed! done a2 since the code did not yield to an interrupt | kill-kernel',
    },
    unchanged:
      'stop b, kernel-started, kernel-failed, done 2, done 1, acknowledged 1, half-grace-passed 2, grace-passed 1',
  },
  'stopping, refused': {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'stopping refused a2 [x]',
      'interrupt a': '= | read-on',
      'kill a': 'killed refused a2 | read-on | kill-kernel',
      restart: 'killed refused a2 since a restart was asked for | kill-kernel',
      close: 'killed refused a2 closing | kill-kernel',
      'kernel-ended': 'starting restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'settling! done refused a2 | end-children 2',
      'half-grace-passed 2': '= | insist 2 true',
      'grace-passed 2': 'killed refused a2 since the code did not yield to an interrupt | kill-kernel',
    },
    unchanged:
      'stop b, kernel-started, kernel-failed, done 1, acknowledged 2, acknowledged 1, refused 2, grace-passed 1',
  },
  settling: {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'settling! done a2 [x]',
      'interrupt a': '= | read-on',
      'kill a': 'killed! done a2 | read-on | kill-kernel',
      restart: 'killed! done a2 since a restart was asked for | kill-kernel',
      close: 'killed! done a2 closing | kill-kernel',
      'kernel-ended': 'starting restarts 1 (itself) | finish a 2 lost | open-kernel',
      'acknowledged 2': 'idle | finish a 2 kept',
      'refused 2': 'settling! done refused a2',
      'grace-passed 2': 'killed! done a2 since the code did not yield to an interrupt | kill-kernel',
    },
    unchanged:
      'stop b, kernel-started, kernel-failed, done 2, done 1, acknowledged 1, half-grace-passed 2, grace-passed 1',
  },
  'settling, two wait': {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'settling! done a2 [b c x]',
      'interrupt a': '= | read-on',
      'kill a': 'killed! done a2 [b c] | read-on | kill-kernel',
      'stop b': 'settling! done a2 [c] | drop b kept',
      restart: 'killed! done a2 [b c] since a restart was asked for | kill-kernel',
      close: 'killed! done a2 [b c] closing | kill-kernel',
      'kernel-ended': 'starting [b c] restarts 1 (itself) | finish a 2 lost | open-kernel',
      'acknowledged 2': 'running b3 [c] | finish a 2 kept | execute b 3',
      'refused 2': 'settling! done refused a2 [b c]',
      'grace-passed 2': 'killed! done a2 [b c] since the code did not yield to an interrupt | kill-kernel',
    },
    unchanged: 'kernel-started, kernel-failed, done 2, done 1, acknowledged 1, half-grace-passed 2, grace-passed 1',
  },
  killed: {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'killed! a2 [x]',
      'interrupt a': '= | read-on',
      'kill a': '= | read-on',
      restart: 'killed! a2 since a restart was asked for',
      close: 'killed! a2 closing',
      'kernel-ended': 'starting restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'killed! done a2',
      'acknowledged 2': 'killed a2',
      'refused 2': 'killed! refused a2',
    },
    unchanged:
      'stop b, kernel-started, kernel-failed, done 1, acknowledged 1, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'killed, two wait': {
    changes: {
      start: '= | tell ready',
      'enqueue x': 'killed! a2 [b c x]',
      'interrupt a': '= | read-on',
      'kill a': '= | read-on',
      'stop b': 'killed! a2 [c] | drop b lost',
      restart: 'killed! a2 [b c] since a restart was asked for',
      close: 'killed! a2 [b c] closing',
      'kernel-ended': 'starting [b c] restarts 1 (itself) | finish a 2 lost | open-kernel',
      'done 2': 'killed! done a2 [b c]',
      'acknowledged 2': 'killed a2 [b c]',
      'refused 2': 'killed! refused a2 [b c]',
    },
    unchanged:
      'kernel-started, kernel-failed, done 1, acknowledged 1, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'killed, closing': {
    changes: {
      'enqueue x': '= | refuse closed',
      'interrupt a': '= | read-on',
      'kill a': '= | read-on',
      'kernel-ended': 'closed closing restarts 1 (itself) | finish a 2 lost | tell closed',
      'done 2': 'killed done a2 closing',
      'refused 2': 'killed refused a2 closing',
    },
    unchanged:
      'start, stop b, restart, close, kernel-started, kernel-failed, done 1, acknowledged 2, acknowledged 1, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'killed, two wait, closing': {
    changes: {
      'enqueue x': '= | refuse closed',
      'interrupt a': '= | read-on',
      'kill a': '= | read-on',
      'stop b': 'killed a2 [c] closing | drop b lost',
      'kernel-ended': 'closed [b c] closing restarts 1 (itself) | finish a 2 lost | tell closed',
      'done 2': 'killed done a2 [b c] closing',
      'refused 2': 'killed refused a2 [b c] closing',
    },
    unchanged:
      'start, restart, close, kernel-started, kernel-failed, done 1, acknowledged 2, acknowledged 1, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  ending: {
    changes: {
      'enqueue x': 'ending [x] since why',
      close: 'ending closing since why',
      'kernel-ended': 'starting restarts 1 (why) | open-kernel',
    },
    unchanged:
      'start, interrupt a, kill a, stop b, restart, kernel-started, kernel-failed, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'ending, two wait': {
    changes: {
      'enqueue x': 'ending [b c x] since why',
      'stop b': 'ending [c] since why | drop b lost',
      close: 'ending [b c] closing since why',
      'kernel-ended': 'starting [b c] restarts 1 (why) | open-kernel',
    },
    unchanged:
      'start, interrupt a, kill a, restart, kernel-started, kernel-failed, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'ending, two wait, closing': {
    changes: {
      'enqueue x': '= | refuse closed',
      'stop b': 'ending [c] closing | drop b lost',
      'kernel-ended': 'closed [b c] closing restarts 1 (itself) | tell closed',
    },
    unchanged:
      'start, interrupt a, kill a, restart, close, kernel-started, kernel-failed, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  'ending, closing': {
    changes: {
      'enqueue x': '= | refuse closed',
      'kernel-ended': 'closed closing restarts 1 (itself) | tell closed',
    },
    unchanged:
      'start, interrupt a, kill a, stop b, restart, close, kernel-started, kernel-failed, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
  closed: {
    changes: {
      start: '= | tell closed',
      'enqueue x': '= | refuse closed',
      restart: '= | tell closed',
      close: '= | tell closed',
    },
    unchanged:
      'interrupt a, kill a, stop b, kernel-started, kernel-failed, kernel-ended, done 2, done 1, acknowledged 2, acknowledged 1, refused 2, half-grace-passed 2, grace-passed 2, grace-passed 1',
  },
};
