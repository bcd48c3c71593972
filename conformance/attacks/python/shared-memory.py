# Segments, queues and semaphores belong to an IPC namespace: none of another sandbox is here.
print([open(f'/proc/sysvipc/{name}').read().count('\n') - 1 for name in ('shm', 'msg', 'sem')])
