"""Which rows a step trains on, and their masks: the same for every count of processes."""
import numpy

from masking import Row, mask_row
from random_numbers import Random, row_order


class Rows:
    """Packed rows: token ids and document numbers, int32 [rows, length]."""

    def __init__(self, arrays, name):
        self.tokens, self.segments = arrays[f"{name}.tokens"], arrays[f"{name}.segments"]
        self.marks = arrays.get(f"{name}.marks")
        self.count, self.length = self.tokens.shape

    def sample(self, count, seed):
        """At most `count` rows, drawn by the seed; without marks."""
        order = row_order(self.count, seed, 0)[:count]
        return Rows({"_.tokens": self.tokens[order], "_.segments": self.segments[order]}, "_")


class BatchPlan:
    """All rows in a new order every epoch, taken in turn."""

    def __init__(self, count, batch_rows, seed):
        self.count, self.batch_rows, self.seed, self._orders = count, batch_rows, seed, {}

    def at(self, step):
        """The rows of a step, counted from 0, and the epoch of the first, by which all are masked."""
        places = range(step * self.batch_rows, (step + 1) * self.batch_rows)
        rows = [self._order(place // self.count)[place % self.count] for place in places]
        return rows, places[0] // self.count

    def _order(self, epoch):
        if epoch not in self._orders:
            if len(self._orders) > 1:
                self._orders.clear()
            self._orders[epoch] = row_order(self.count, self.seed, epoch)
        return self._orders[epoch]


def collate(rows, indices, *, pieces, masking, mask_id, seed, epoch):
    """Input ids, document numbers and positions [rows, length]; flat masked positions and their true ids [masked]."""
    segments = rows.segments[indices]
    inputs = rows.tokens[indices]
    masked, labels = [], []
    for slot, index in enumerate(indices):
        marks = None if rows.marks is None else rows.marks[index].tolist()
        row = Row(rows.tokens[index].tolist(), rows.segments[index].tolist(), marks, pieces)
        positions, ids = mask_row(row, masking, mask_id, Random(seed, epoch, index))
        inputs[slot, positions] = ids
        masked += [slot * rows.length + at for at in positions]
        labels += [row.tokens[at] for at in positions]
    as_long = lambda numbers: numpy.asarray(numbers, numpy.int64)
    return {
        "inputs": as_long(inputs),
        "segments": as_long(segments),
        "positions": segment_positions(segments),
        "masked": as_long(masked),
        "labels": as_long(labels),
    }


def segment_positions(segments):
    """Position ids [rows, length]: they begin again at 0 with every document; padding holds 0."""
    places = numpy.arange(segments.shape[1])
    begins = numpy.ones_like(segments, bool)
    begins[:, 1:] = segments[:, 1:] != segments[:, :-1]
    positions = places - numpy.maximum.accumulate(numpy.where(begins, places, 0), 1)
    return numpy.where(segments >= 0, positions, 0)
