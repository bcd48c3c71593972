# What every attack in Python has: `attempt` says how something went, `call` and `syscall` are the calls that Python does not have.
import ctypes, errno, os, platform

_libc = ctypes.CDLL(None, use_errno=True)


def attempt(what, act):
    try:
        value = act()
    except OSError as error:
        print(f'{what}: refused, {errno.errorcode.get(error.errno, type(error).__name__)}')
    else:
        print(f'{what}: DONE, {value!r}'[:500])


def call(name, *arguments):
    result = getattr(_libc, name)(*(ctypes.c_long(value) if isinstance(value, int) else value for value in arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


# Numbers of x86-64 and of arm64.
_numbers = {
    'ptrace': (101, 117), 'unshare': (272, 97), 'setns': (308, 268), 'pivot_root': (155, 41), 'process_vm_readv': (310, 270),
    'process_vm_writev': (311, 271), 'pidfd_open': (434, 434), 'pidfd_getfd': (438, 438), 'keyctl': (250, 219), 'add_key': (248, 217),
    'request_key': (249, 218), 'bpf': (321, 280), 'perf_event_open': (298, 241), 'userfaultfd': (323, 282), 'io_uring_setup': (425, 425),
    'init_module': (175, 105), 'kexec_load': (246, 104), 'syslog': (103, 116), 'reboot': (169, 142), 'swapon': (167, 224),
    'sethostname': (170, 161), 'settimeofday': (164, 170), 'open_by_handle_at': (304, 265), 'name_to_handle_at': (303, 264),
    'fanotify_init': (300, 262), 'open_tree': (428, 428), 'move_mount': (429, 429), 'fsopen': (430, 430), 'mount_setattr': (442, 442),
    'io_setup': (206, 0), 'sync': (162, 81), 'syncfs': (306, 267), 'quotactl': (179, 60), 'acct': (163, 89), 'kcmp': (312, 272),
    'capset': (126, 91), 'clone': (56, 220), 'mknod': (133, None), 'memfd_secret': (447, 447),
}


def syscall(name, *arguments):
    number = _numbers[name][platform.machine() == 'aarch64']
    return call('syscall', number, *arguments)


