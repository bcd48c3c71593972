# Zombies whose parent has ended: the holder has to reap them, else the limit would be met.
import subprocess
subprocess.run(['sh', '-c', 'i=0; while [ $i -lt 2000 ]; do (true &); i=$((i + 1)); done; echo $i'], check=True)
