import subprocess
subprocess.run(['python3', '-c', 'held = []\nwhile True: held.append(bytearray(16 << 20))'], check=True)
