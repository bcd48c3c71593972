other, data = os.environ['OTHER_ID'], os.environ['DATA_FOLDER']
for path in (f'{data}/volumes/{other}.img', f'{data}/workspaces/{other}', f'{data}/mounts', f'/workspace/../{other}', f'/proc/1/root{data}/mounts'):
    attempt(path, lambda: os.stat(path))
    os.symlink(path, '/workspace/link')
    attempt(f'a link to {path}', lambda: os.stat('/workspace/link'))
    os.remove('/workspace/link')
# Every block device and every other mount of the machine.
for line in open('/proc/self/mountinfo'):
    device = line.rpartition(' - ')[2].split()[1]
    if device.startswith('/'):
        attempt(device, lambda: open(device, 'rb').read(1))
for number in range(8):
    attempt(f'loop{number}', lambda: open(f'/dev/loop{number}', 'rb').read(1))
