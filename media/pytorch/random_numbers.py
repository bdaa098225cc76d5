"""Counter-based random numbers, Philox-2x32-10 (Salmon et al. 2011): a number depends on seed, stream and position alone.

The same numbers as Maskwright's, so that the order of the rows and every mask are the same.
"""
import numpy

WORD = 0xFFFFFFFF


class Random:
    """The numbers of a seed and a path of streams, such as epoch and row."""

    def __init__(self, seed, *streams):
        key = _mix(seed & WORD, (seed >> 32) & WORD)
        for stream in streams:
            key = _mix(key, stream & WORD)
        self._key, self._counter, self._words, self._at = key, 0, [], 0

    def uniform(self):
        """The next number in [0, 1)."""
        if self._at == len(self._words):
            self._words, self._at = self._more(64).tolist(), 0
        self._at += 1
        return self._words[self._at - 1] / 4294967296

    def below(self, bound):
        """The next integer in [0, bound)."""
        return int(self.uniform() * bound)

    def shuffled(self, items):
        """A shuffled copy (Fisher and Yates)."""
        items = list(items)
        for at, other in zip(range(len(items) - 1, 0, -1), self._partners(len(items))):
            items[at], items[other] = items[other], items[at]
        return items

    def _partners(self, count):
        """For each place from the last to the second, with whom it changes: all drawn at once."""
        drawn = max(0, count - 1)
        left = self._words[self._at : self._at + drawn]
        self._at += len(left)
        missing = drawn - len(left)
        words = numpy.array(left, numpy.uint64)
        if missing > 0:
            more = self._more((missing + 1) // 2)
            words = numpy.concatenate([words, more[:missing]])
            self._words, self._at = more[missing:].tolist(), 0
        bounds = numpy.arange(count, 1, -1)
        return numpy.floor(words / 4294967296.0 * bounds).astype(numpy.int64).tolist()

    def _more(self, blocks):
        """The next two words of each block, uint64 [2 * blocks]."""
        counter = numpy.arange(self._counter, self._counter + blocks, dtype=numpy.uint64)
        self._counter += blocks
        word, shift = numpy.uint64(WORD), numpy.uint64(32)
        left, right, key = counter & word, counter >> shift, self._key
        for _ in range(10):
            product = numpy.uint64(0xD256D193) * left
            left, right = (product >> shift) ^ numpy.uint64(key) ^ right, product & word
            key = (key + 0x9E3779B9) & WORD
        return numpy.stack([left, right], 1).reshape(-1)


def row_order(count, seed, epoch):
    """The order in which an epoch visits the rows."""
    return Random(seed, 0x6F726465, epoch).shuffled(range(count))


def _mix(key, stream):
    """Folds a stream number into a key (the finalizer of MurmurHash3)."""
    mixed = key ^ ((stream + 0x9E3779B9) * 0x85EBCA6B & WORD)
    mixed = (mixed ^ mixed >> 16) * 0x85EBCA6B & WORD
    mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35 & WORD
    return mixed ^ mixed >> 16
