"""Where fingerprints are in a list of them: a hash table of arrays, as a dictionary would take ten times the memory."""

import numpy as np


class Places:
    """The places of `fingerprints`, two 64-bit numbers each, the first of which spreads them evenly.

    Those with the same first number have none: a record that was copied by hand has the fingerprint of another.
    """

    def __init__(self, fingerprints: np.ndarray) -> None:
        self.fingerprints = fingerprints
        # At most half full, so that few have to go on from their own slot to the next ones.
        size = 1 << int(2 * len(fingerprints)).bit_length()
        self._last = np.uint64(size - 1)
        # The place of what is in a slot; -1 where nothing is.
        self._slots = np.full(size, -1, dtype=np.int32)
        pending = np.arange(len(fingerprints), dtype=np.int32)
        slots = self._first_slots(fingerprints)
        copied: list[np.ndarray] = []
        while len(pending):
            free = self._slots[slots] < 0
            self._slots[slots[free]] = pending[free]
            taken = self._slots[slots]
            left = taken != pending
            twice = left & (fingerprints[taken, 0] == fingerprints[pending, 0])
            copied += [taken[twice], pending[twice]]
            left &= ~twice
            pending, slots = pending[left], self._next(slots[left])
        self._is_copied = np.zeros(len(fingerprints), dtype=bool)
        self._is_copied[np.concatenate([pending, *copied])] = True

    def of(self, fingerprints: np.ndarray) -> np.ndarray:
        """The place of each of these; -1 where it is not there, or is not alone."""
        places = np.full(len(fingerprints), -1, dtype=np.int32)
        if not len(self.fingerprints):
            return places
        pending = np.arange(len(fingerprints))
        slots = self._first_slots(fingerprints)
        while len(pending):
            found = self._slots[slots]
            same = (found >= 0) & (self.fingerprints[found, 0] == fingerprints[pending, 0])
            places[pending[same]] = found[same]
            left = (found >= 0) & ~same
            pending, slots = pending[left], self._next(slots[left])
        known = np.flatnonzero(places >= 0)
        at = places[known]
        differs = (self.fingerprints[at, 1] != fingerprints[known, 1]) | self._is_copied[at]
        places[known[differs]] = -1
        return places

    def _first_slots(self, fingerprints: np.ndarray) -> np.ndarray:
        return fingerprints[:, 0] & self._last

    def _next(self, slots: np.ndarray) -> np.ndarray:
        return (slots + np.uint64(1)) & self._last
