"""The masks of one row: which tokens are chosen and what stands there, as Maskwright's recipe says.

A pure function of the row, the masking, the seed, the epoch and the row's number.
"""
import math

# Bits of a piece's flags.
SPECIAL, WORD, HEAD_WORD, TAIL_WORD, BEGINS = 1, 2, 4, 8, 16
# Bits of a token's mark: what it is in the grammar of its document.
SPAN_CLASS, SPAN_BEGINS, USES, GIVES, VARIABLE_BEGINS = 15, 16, 32, 64, 128


class Pieces:
    """What the ids of the vocabulary look like."""

    def __init__(self, vocabulary):
        self.flags, self.texts = vocabulary["flags"], vocabulary["texts"]
        self.keywords, self.span_classes = set(vocabulary["keywords"]), vocabulary["spanClasses"]
        self.ordinary = [piece for piece, flags in enumerate(self.flags) if not flags & SPECIAL]


class Row:
    """One packed row: ids, the number of each one's document (-1 is padding), marks where the masking reads them."""

    def __init__(self, tokens, segments, marks, pieces):
        self.tokens, self.segments, self.marks, self.pieces = tokens, segments, marks, pieces
        self.flags = [pieces.flags[token] for token in tokens]
        self.maskable = [s >= 0 and not f & SPECIAL for s, f in zip(segments, self.flags)]

    def continues_word(self, at):
        if at == 0 or self.segments[at] != self.segments[at - 1]:
            return False
        own, before = self.flags[at], self.flags[at - 1]
        return bool(own & HEAD_WORD) and not own & BEGINS and bool(before & TAIL_WORD)

    def single_units(self):
        return [(at, at + 1) for at, maskable in enumerate(self.maskable) if maskable]

    def word_units(self):
        """Runs of pieces of one word, and every other piece alone; special tokens and padding belong to none."""
        units, at, length = [], 0, len(self.tokens)
        while at < length:
            if self.segments[at] < 0 or self.flags[at] & SPECIAL:
                at += 1
                continue
            start, at = at, at + 1
            if self.flags[start] & WORD:
                while at < length and self.flags[at] & WORD and self.continues_word(at):
                    at += 1
            units.append((start, at))
        return units

    def identifier_units(self):
        return [unit for unit in self.word_units() if self._is_identifier(*unit)]

    def _is_identifier(self, start, end):
        if not self.flags[start] & WORD or start == 0 or end == len(self.tokens) or self.continues_word(start):
            return False
        if self.segments[end] == self.segments[start] and self.continues_word(end):
            return False
        text = "".join(self.pieces.texts[token] for token in self.tokens[start:end])
        return (text[:1].isalpha() or text[:1] == "_") and text not in self.pieces.keywords

    def marked_runs(self, bits, begins):
        """Runs of tokens that one span or variable covers, with what they have of `bits`."""
        at, length = 0, len(self.tokens) if self.marks is not None else 0
        while at < length:
            start, at = at, at + 1
            mark = self.marks[start] & bits
            if mark == 0:
                continue
            while (
                at < length
                and self.marks[at] & bits == mark
                and not self.marks[at] & begins
                and self.segments[at] == self.segments[start]
            ):
                at += 1
            yield start, at, mark


def mask_row(row, masking, mask_id, random):
    """Positions, ascending, and the id that stands at each in the input."""
    counted, chosen = [], []
    for strategy in masking["strategies"]:
        if strategy["name"] != "entity":
            counted.append(strategy)
            continue
        for at in _entities(row, strategy, random):
            row.maskable[at] = False
            chosen.append(at)
    count = math.floor(masking["rate"] * sum(row.maskable) + 0.5) if counted else 0
    for share, strategy in _shares(count, counted, random):
        for at in _take(row, STRATEGIES[strategy["name"]][1](row, strategy, random), share):
            row.maskable[at] = False
            chosen.append(at)
    chosen.sort()
    return chosen, [_replacement(row, at, masking["replacement"], mask_id, random) for at in chosen]


def _shares(count, strategies, random):
    """`count` shared by weight: whole parts first, each token that is left over to one drawn by its remainder."""
    total = sum(strategy["weight"] for strategy in strategies)
    shares = []
    for strategy in strategies:
        exact = count * strategy["weight"] / total
        whole = math.floor(exact + 1e-9)
        shares.append([whole, max(0.0, exact - whole), strategy])
    for _ in range(count - sum(share[0] for share in shares)):
        draw = random.uniform() * sum(share[1] for share in shares)
        drawn = shares[0]
        for share in shares:
            draw -= share[1]
            if draw < 0:
                drawn = share
                break
        drawn[0] += 1
        drawn[1] = 0.0
    shares.sort(key=lambda share: STRATEGIES[share[2]["name"]][0])
    return [(whole, strategy) for whole, _, strategy in shares]


def _take(row, units, count):
    """The maskable positions of the units in turn until there are `count`; the last unit is trimmed at its end."""
    chosen, left = set(), count
    if left > 0:
        for start, end in units:
            for at in range(start, end):
                if left > 0 and row.maskable[at] and at not in chosen:
                    chosen.add(at)
                    left -= 1
            if left == 0:
                break
    return sorted(chosen)


def _replacement(row, at, policy, mask_id, random):
    draw = random.uniform()
    if draw < policy["mask"]:
        return mask_id
    if draw < policy["mask"] + policy["random"]:
        return _random_token(row.pieces, random)
    if policy["keep"] > 0:
        return row.tokens[at]
    return _random_token(row.pieces, random) if policy["random"] > 0 else mask_id


def _random_token(pieces, random):
    return pieces.ordinary[random.below(len(pieces.ordinary))]


def _random(row, _, random):
    return random.shuffled(row.single_units())


def _whole_word(row, _, random):
    return random.shuffled(row.word_units())


def _span(row, strategy, random):
    """SpanBERT, section 3.1: runs of whole words of geometric length within a document."""
    words = row.word_units()
    word_at = {at: index for index, (start, end) in enumerate(words) for at in range(start, end)}
    anchors = [start for start, _ in row.single_units()]
    taken, vain = set(), 0
    failure = 1 - strategy["probability"]
    tail = 1 - failure ** strategy["maximum"]
    while vain < 20 and anchors:
        length = 1 + math.floor(math.log1p(-random.uniform() * tail) / math.log(failure))
        length = min(length, strategy["maximum"])
        first = word_at[anchors[random.below(len(anchors))]]
        if first in taken:
            vain += 1
            continue
        vain, last = 0, first + 1
        while last < len(words) and last - first < length and words[last][0] == words[last - 1][1]:
            last += 1
        taken.update(range(first, last))
        yield words[first][0], words[last - 1][1]
    for index, word in enumerate(words):
        if index not in taken:
            yield word


def _with_words(row, units, random):
    """Units, then, where a row has too few of them, identifiers if no grammar read it, and words."""
    found = False
    for unit in units:
        found = True
        yield unit
    if not found:
        yield from random.shuffled(row.identifier_units())
    yield from random.shuffled(row.word_units())


def _identifier(row, _, random):
    return _with_words(row, random.shuffled(row.identifier_units()), random)


def _syntax(row, strategy, random):
    """Spans of some classes of the grammar, drawn by weight without putting back."""
    units = []
    for start, end, mark in row.marked_runs(SPAN_CLASS, SPAN_BEGINS):
        weight = strategy["classes"].get(row.pieces.span_classes[mark - 1])
        if weight is None:
            continue
        if strategy["tokens"] == "one":
            at = start + random.below(end - start)
            units.append((at, at + 1, weight))
        else:
            longest = strategy["longest"]
            units += [(at, min(end, at + longest), weight) for at in range(start, end, longest)]
    clocks = [(-math.log1p(-random.uniform()) / weight, start, end) for start, end, weight in units]
    clocks.sort(key=lambda clock: clock[0])
    return _with_words(row, [(start, end) for _, start, end in clocks], random)


def _entities(row, strategy, random):
    """Linguistic Entity Masking: one token of each span that is drawn by the rate of its class, or all of them."""
    drawn = []
    for start, end, mark in row.marked_runs(SPAN_CLASS, SPAN_BEGINS):
        rate = strategy["rates"].get(row.pieces.span_classes[mark - 1])
        if rate is None or random.uniform() >= rate:
            continue
        tokens = [at for at in range(start, end) if row.maskable[at]]
        if tokens:
            drawn.append(tokens if strategy["tokens"] == "all" else [tokens[random.below(len(tokens))]])
    room = math.floor(strategy["most"] * sum(row.maskable))
    if sum(map(len, drawn)) <= room:
        return sum(drawn, [])
    taken = []
    for tokens in random.shuffled(drawn):
        if len(taken) + len(tokens) <= room:
            taken += tokens
    return sorted(taken)


def _dataflow(row, strategy, random):
    """Variables at the ends of data-flow edges, each occurrence whole."""
    bits = USES | GIVES if strategy["ends"] == "both" else USES
    units = [(start, end) for start, end, _ in row.marked_runs(bits, VARIABLE_BEGINS)]
    return _with_words(row, random.shuffled(units), random)


# In a mixture larger units are chosen first, so that single tokens never break them up.
STRATEGIES = {
    "random": (3, _random),
    "wholeWord": (2, _whole_word),
    "span": (1, _span),
    "identifier": (0, _identifier),
    "syntax": (0, _syntax),
    "dataflow": (0, _dataflow),
}
