import subprocess
subprocess.run('yes | cat & yes | cat & yes; wait', shell=True)
