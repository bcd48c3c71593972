"""A Python kernel that is not a fork of the zygote: `python -I -m quicksand_kernel.cold KEY`, with the channel as descriptor 3, and 4 and 5
for end markers. Whoever has packages of a sandbox that the zygote has loaded from the environment runs on this.
"""

import os
import shutil
import sys
import tempfile

from .channel import encode_json
from .door import move_high
from .frames import READY, encode_frame
from .packages import INTERPRETER, installed_among


def cold_program(key, loaded):
    """The program that a fork has to become, since packages of the sandbox are among the modules `loaded`; None where it can go on."""
    if not installed_among(loaded) or not os.path.exists(INTERPRETER):
        return None
    return [INTERPRETER, '-I', '-m', __name__, key]


def main(key):
    channel, *pipes = (move_high(fd) for fd in (3, 4, 5))
    try:
        folder = tempfile.mkdtemp(prefix='.ipython-')
        from .charts import watch_plots
        from .kernel import Kernel, Pristine, prepare_template
        from .originals import Originals
        from .shell import create_shell
        shell = create_shell(folder)
        watch_plots()
        shutil.rmtree(folder, ignore_errors=True)
        env = dict(os.environ)
        prepare_template(None)
        kernel = Kernel(shell, Pristine(), Originals())
    except BaseException as error:
        message = f'its packages keep the kernel from starting: {type(error).__name__}: {error}'
        os.set_blocking(channel, True)
        os.write(channel, encode_frame(READY, 0, encode_json({'key': key, 'problem': {'code': 'packages_unusable', 'message': message}})))
        os._exit(1)
    kernel.serve(key, channel, tuple(pipes), env)


if __name__ == '__main__':
    main(sys.argv[1])
