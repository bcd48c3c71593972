"""The codec against the golden cases that the TypeScript tests read too."""

import json
import os
import sys
import unittest

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, FOLDER)

from quicksand_kernel import frames  # noqa: E402

CASES = os.path.join(FOLDER, '../../../conformance/wire/frames.json')


class FramesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(CASES, encoding='utf-8') as file:
            cls.cases = json.load(file)

    def test_golden_frames_encode_and_decode(self):
        for case in self.cases['frames']:
            with self.subTest(case['name']):
                kind, payload, frame = frames.KINDS[case['kind']], bytes.fromhex(case['payloadHex']), bytes.fromhex(case['frameHex'])
                self.assertEqual(frames.encode_frame(kind, case['execution'], payload), frame)
                self.assertEqual(frames.FrameDecoder().feed(frame), [(kind, case['execution'], payload)])

    def test_pieces_are_joined_however_the_bytes_are_cut(self):
        for case in self.cases['pieces']:
            decoder, found = frames.FrameDecoder(), []
            for byte in bytes.fromhex(case['frameHex']):
                found += decoder.feed(bytes([byte]))
            self.assertEqual(found, [(frames.KINDS[case['kind']], case['execution'], bytes.fromhex(case['payloadHex']))])

    def test_malformed_is_refused(self):
        for case in self.cases['malformed']:
            with self.subTest(case['name']), self.assertRaises(frames.Malformed):
                frames.FrameDecoder().feed(bytes.fromhex(case['hex']))

    def test_a_long_payload_is_cut_into_pieces(self):
        payload = os.urandom(frames.MAX_PAYLOAD * 2 + 5)
        self.assertEqual(frames.FrameDecoder().feed(frames.encode_frame(frames.RESULT, 3, payload)), [(frames.RESULT, 3, payload)])
        exact = bytes(frames.MAX_PAYLOAD * 2)
        self.assertEqual(len(frames.encode_frame(frames.RESULT, 3, exact)), len(exact) + 2 * frames.HEADER_SIZE)

    def test_too_long_a_payload_is_refused(self):
        with self.assertRaises(frames.Malformed):
            frames.encode_frame(frames.RESULT, 1, bytes(frames.MAX_WHOLE + 1))


if __name__ == '__main__':
    unittest.main()
