# SPDX-License-Identifier: ISC
"""inputs: makes the files to fetch.

Each input is made at its first use, from random numbers with a fixed seed, and is in the page
cache then.
"""
import math
import os
import random
from functools import cached_property

SEED = 46
MEBIBYTE = 1 << 20
TREE_FILES = 20000
TREE_BYTES = 136 * 10**6
TREE_DIRECTORIES = 100
TREE_SIGMA = 1.5  # of the logarithm of the sizes
SPARSE_BYTES = 10 << 30
SPARSE_EXTENTS = 40
SPARSE_DATA = 10 * MEBIBYTE


def write(path, pieces):
    with open(path, 'wb') as file:
        for piece in pieces:
            file.write(piece)


class Inputs:
    """Each method makes an input unless it exists, and returns its path below the directory."""

    def __init__(self, directory, divisor):
        self.directory = directory
        self.divisor = divisor
        os.mkdir(directory)

    @cached_property
    def block(self):
        return random.Random(SEED).randbytes(16 * MEBIBYTE)

    def path(self, name):
        return os.path.join(self.directory, name)

    def big_bytes(self):
        return (1 << 30) // self.divisor

    def big(self):
        return self.file('big', self.big_bytes())

    def small(self):
        return self.file('small', 1024)

    def medium(self):
        return self.file('medium', MEBIBYTE)

    def file(self, name, size):
        if not os.path.exists(self.path(name)):
            whole, rest = divmod(size, len(self.block))
            write(self.path(name), [self.block] * whole + [self.block[:rest]])
            os.sync()  # or it would be written back while something is measured
        return name

    def tree(self):
        """Log-normal sizes, 136 MB in all, spread over 100 directories."""
        if os.path.exists(self.path('tree')):
            return 'tree'
        chance = random.Random(SEED)
        count = TREE_FILES // self.divisor
        weights = [math.exp(chance.gauss(0, TREE_SIGMA)) for _ in range(count)]
        scale = TREE_BYTES / self.divisor / sum(weights)
        directories = [os.path.join(self.path('tree'), f'd{number:02}')
                       for number in range(TREE_DIRECTORIES)]
        for directory in directories:
            os.makedirs(directory)
        for number, weight in enumerate(weights):
            size = round(weight * scale)
            start = chance.randrange(len(self.block) - size)
            write(os.path.join(directories[number % TREE_DIRECTORIES], f'f{number:05}'),
                  [memoryview(self.block)[start:start + size]])
        os.sync()
        return 'tree'

    def sparse(self):
        """10 GiB with 10 MiB of data in 40 places, at every scale."""
        if os.path.exists(self.path('sparse')):
            return 'sparse'
        extent = SPARSE_DATA // SPARSE_EXTENTS
        with open(self.path('sparse'), 'wb') as file:
            for number in range(SPARSE_EXTENTS):
                file.seek(number * (SPARSE_BYTES // SPARSE_EXTENTS))
                file.write(self.block[number * extent:(number + 1) * extent])
            file.truncate(SPARSE_BYTES)
        os.sync()
        return 'sparse'
