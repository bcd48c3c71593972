for name, arguments in {
    'bpf': (0, 0, 0), 'keyctl': (0, -3, 1), 'add_key': (b'user', b'x', b'y', 1, -3), 'request_key': (b'user', b'x', None, -3), 'perf_event_open': (0, 0, 0, 0, 0),
    'userfaultfd': (0,), 'io_uring_setup': (8, 0), 'init_module': (0, 0, b''), 'kexec_load': (0, 0, 0, 0), 'syslog': (3, 0, 0), 'reboot': (0xFEE1DEAD, 672274793, 0, 0),
    'swapon': (b'/workspace/x', 0), 'sethostname': (b'x', 1), 'settimeofday': (0, 0), 'open_by_handle_at': (3, 0, 0), 'name_to_handle_at': (-100, b'/', 0, 0, 0),
    'fanotify_init': (0, 0), 'sync': (), 'syncfs': (0,), 'quotactl': (0, 0, 0, 0), 'acct': (b'/workspace/x',), 'memfd_secret': (0,),
}.items():
    attempt(name, lambda: syscall(name, *arguments))
if platform.machine() == 'x86_64':
    # All contexts of the machine share one number of requests.
    attempt('io_setup', lambda: syscall('io_setup', 60000, (ctypes.c_ulong * 1)()))
attempt('core scheduling', lambda: call('prctl', 62, 1, 0, 0, 0))
