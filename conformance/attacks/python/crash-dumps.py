# A program that the machine starts, as root, for each crash is not started; nothing is written here.
import resource, signal, subprocess
for _ in range(3):
    for number in (signal.SIGSEGV, signal.SIGABRT):
        subprocess.run(['sh', '-c', f'ulimit -c 0; ulimit -c unlimited; kill -{int(number)} $$'], stderr=subprocess.DEVNULL)
print(resource.getrlimit(resource.RLIMIT_CORE), [name for name in os.listdir('/workspace') if 'core' in name])
