"""Seeds that no two forks have in common."""

import unittest
from unittest import mock

import numpy
from quicksand_kernel.seeds import Seeds


class SeedsTest(unittest.TestCase):
    # numpy 1.23 does not have it.
    @mock.patch.object(numpy.random, 'get_bit_generator', None)
    def test_numbers_are_others_after_each_renewal(self):
        self.addCleanup(numpy.random.set_state, numpy.random.get_state())
        seeds, drawn = Seeds(), set()
        for _ in range(3):
            seeds.renew()
            drawn.add(numpy.random.rand())
        self.assertEqual(len(drawn), 3)
        numpy.random.seed(1)
        first = numpy.random.rand()
        seeds.renew()
        numpy.random.seed(1)
        self.assertEqual(numpy.random.rand(), first)


if __name__ == '__main__':
    unittest.main()
