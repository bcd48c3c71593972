import glob, sys
for path in ('/usr/bin/x', '/etc/passwd', '/etc/resolv.conf', '/x', '/dev/x', '/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches', '/proc/sys/kernel/hostname',
             '/proc/sys/net/ipv4/ip_forward', '/proc/sysrq-trigger', '/proc/sys/fs/file-max', '/proc/sys/kernel/ns_last_pid', sys.executable, '/proc/1/exe'):
    attempt(path, lambda: os.write(os.open(path, os.O_WRONLY | os.O_CREAT), b'1'))
attempt('its own program', lambda: os.open('/proc/self/exe', os.O_WRONLY))
attempt('its own modules', lambda: open(os.__file__, 'a'))
attempt('the kernel of the sandbox', lambda: open(sys.modules['quicksand_kernel'].__file__, 'a'))
attempt('out-of-memory score', lambda: os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1'))
attempt('score of the holder', lambda: os.write(os.open('/proc/1/oom_score_adj', os.O_WRONLY), b'-1001'))
for path in glob.glob('/proc/[12]/attr/*') or ['/proc/1/attr/exec']:
    attempt(path, lambda: os.write(os.open(path, os.O_WRONLY), b'1'))
