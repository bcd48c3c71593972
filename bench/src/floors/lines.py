"""The least that a Python does to run code that is sent to it: `exec`s lines from a pipe, and answers each."""
import sys

names = {}
print('ready', flush=True)
for line in sys.stdin:
    exec(line, names)
    sys.stdout.write('done\n')
    sys.stdout.flush()
