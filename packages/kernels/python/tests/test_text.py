"""R5: UTF-8 that arrives in any pieces leaves in pieces that are whole."""

import os
import random
import sys
import unittest

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, FOLDER)

from quicksand_kernel import utf8_pieces  # noqa: E402

SEED = int(os.environ.get('QUICKSAND_SEED', random.randrange(1_000_000)))
# The first and the last character of each length, and those next to the surrogates.
EDGES = '\0\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff'


def any_text(source, length):
    return ''.join(source.choice(EDGES) if source.random() < 0.5 else chr(source.randrange(0xD800)) for _ in range(length))


class TextTest(unittest.TestCase):
    def setUp(self):
        self.source = random.Random(SEED)

    def test_what_is_held_back_is_the_beginning_of_one_character(self):
        for _ in range(300):
            data = any_text(self.source, self.source.randrange(12)).encode()
            for at in range(len(data) + 1):
                with self.subTest(seed=SEED, data=data, at=at):
                    back = utf8_pieces.hold_back(data[:at])
                    whole = data[:at - back].decode()
                    self.assertLess(back, 4)
                    # With the rest it is all there: nothing was held back too much or too little.
                    self.assertEqual(whole + data[at - back:].decode(), data.decode())

    def test_bytes_that_are_no_utf_8_are_never_held_back_for_ever(self):
        for _ in range(2000):
            data = self.source.randbytes(self.source.randrange(1, 12))
            self.assertLess(utf8_pieces.hold_back(data), 4)

    def test_long_text_is_cut_between_characters(self):
        for length in (0, 1, utf8_pieces.LARGEST - 1, utf8_pieces.LARGEST, utf8_pieces.LARGEST + 1, 2 * utf8_pieces.LARGEST + 3):
            for shift in range(4):
                data = ('x' * shift + '😀' * (length // 4 + 1)).encode()
                pieces = list(utf8_pieces.cut_text(data))
                self.assertEqual(b''.join(pieces), data)
                for piece in pieces:
                    self.assertLessEqual(len(piece), utf8_pieces.LARGEST)
                    piece.decode()


if __name__ == '__main__':
    unittest.main()
