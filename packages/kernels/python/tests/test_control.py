"""The zygote's control lines: nothing of what they carry stays (I4)."""

import json
import os
import subprocess
import sys
import unittest

from host import FOLDER
from memory import finding

_READ_ALL = f'''
import sys
sys.path.insert(0, {FOLDER!r})
from quicksand_kernel.control import ControlLines
lines = ControlLines(0)
while lines.read():
    while lines.next() is not None:
        lines.done()
'''


class ControlTest(unittest.TestCase):
    def test_nothing_stays_of_an_environment_or_a_program(self):
        secret = os.urandom(12).hex()
        plain = {'op': 'opened', 'key': 'k'}
        private = {'op': 'spawn', 'key': 'k', 'env': {'TOKEN': secret}, 'program': ['echo', secret]}
        for requests in ([private], [plain, private], [private, plain], [plain, private, plain, private, private], [plain, {**private, 'env': {'A': 'x' * 70000, 'B': secret}}]):
            with self.subTest([request['op'] for request in requests]):
                code = f'{_READ_ALL}\n{finding(secret).replace("[found]", "print(found)")}'
                text = b''.join(json.dumps(request).encode() + b'\n' for request in requests)
                run = subprocess.run([sys.executable, '-c', code], input=text, capture_output=True, check=True)
                self.assertEqual(run.stdout, b'0\n')


if __name__ == '__main__':
    unittest.main()
