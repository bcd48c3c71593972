for path in ('/etc/shadow', '/root', '/root/.ssh', '/etc/ssh', '/var/lib/quicksand/environment.json', '/run/quicksand', '/var/run/docker.sock',
             '/sys/kernel', '/sys/fs/cgroup', '/boot', '/proc/kcore', '/proc/1/root/etc/shadow', '/proc/self/root/root', '/workspace/../root',
             os.environ['DATA_FOLDER'] + '/volumes', os.environ['HOST_FILE'], f'/proc/{os.environ["HOST_PID"]}/root'):
    attempt(path, lambda: os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(100))
