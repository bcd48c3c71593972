"""The host's end of a file agent, for tests."""

import json
import select
import unittest

from host import NAMES, shared_host
from quicksand_kernel import frames


class Agent:
    """The host's end of a file agent."""

    def __init__(self, host, **changes):
        self.host = host
        request = host.request(kind='files', pipes=[], cwd='/', **changes)
        self.key = request['key']
        host.tell(request)
        self.pid = host.event('spawned', self.key)['pid']
        if not select.select([host.listener], [], [], 10)[0]:
            raise AssertionError(host.event('exited', self.key))
        self.connection = host.listener.accept()[0]
        self.connection.settimeout(10)
        self.decoder, self.held, self.count = frames.FrameDecoder(), [], 0
        self.greeting = self.next()

    def next(self):
        while not self.held:
            data = self.connection.recv(1 << 20)
            if not data:
                raise EOFError
            self.held = self.decoder.feed(data)
        kind, number, payload = self.held.pop(0)
        name = NAMES[kind]
        return name, number, json.loads(payload) if name in ('ready', 'answer', 'failure') else payload

    def start(self, op, upload=None, **fields):
        self.count += 1
        request = {'op': op, **fields, **({'upload': True} if upload is not None else {})}
        self.send(frames.OPERATION, json.dumps(request).encode())
        if upload is not None:
            for at in range(0, len(upload), 100_000):
                self.send(frames.DATA, upload[at:at + 100_000])
            self.send(frames.END)

    def send(self, kind, payload=b''):
        self.connection.sendall(frames.encode_frame(kind, self.count, payload))

    def call(self, op, **fields):
        """The answer; raises AssertionError with the failure."""
        self.start(op, **fields)
        name, number, value = self.next()
        if name != 'answer' or number != self.count:
            raise AssertionError(json.dumps(value))
        return value

    def fails(self, op, **fields):
        """The name of the failure."""
        self.start(op, **fields)
        name, _, value = self.next()
        return value['error'] if name == 'failure' else name

    def data(self):
        data = b''
        while (frame := self.next())[0] == 'data':
            data += frame[2]
        return data if frame[0] == 'end' else frame[2]['error']

    def read(self, path, **fields):
        return self.call('read', path=path, **fields), self.data()

    def close(self):
        self.connection.close()
        return self.host.event('exited', self.key)


class AgentTest(unittest.TestCase):
    """Tests that ask one agent."""

    @classmethod
    def setUpClass(cls):
        cls.host = shared_host()
        cls.agent = Agent(cls.host)
        cls.inside = f'{cls.host.folder}/work0'

    @classmethod
    def tearDownClass(cls):
        assert cls.agent.close()['code'] == 0

    def write(self, path, data):
        return self.agent.call('write', path=path, upload=data)
