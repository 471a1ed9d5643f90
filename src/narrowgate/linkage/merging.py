"""Stages 4 and 5 of building a snapshot: the keys of all ranges of persons merged, and everything joined."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrowgate.linkage.arrays import I32, I64, U64
from narrowgate.linkage.blocks import Blocks, index_of, places_for, shift_of
from narrowgate.linkage.near import near_blocks
from narrowgate.linkage.people import slices
from narrowgate.linkage.residence import ABSORBED
from narrowgate.linkage.scratch import Scratch
from narrowgate.linkage.standardise import Names
from narrowgate.linkage.storage import Arrays, Joined, View
from narrowgate.linkage.words import Words

_KEYS = 1 << 64
_BORNE_AT_LEAST = 10  # persons, or one in so many, who bear a name: then it is no slip of the pen
_BORNE_ONE_IN = 50_000

Change = Callable[[NDArray[Any], int], NDArray[Any]]
"""What a piece of an array becomes, given how many items of what it counts lie in the pieces before."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """What was saved of each range of persons, and each range of keys."""

    scratch: Scratch
    people: Sequence[str]
    keys: Sequence[str]

    def persons(self) -> list[int]:
        """How many persons each range has."""
        return [len(self.scratch.load(step)["person_start"]) for step in self.people]


def merge(ranges: Ranges, at: int) -> None:
    """Save one range of keys: those of all persons in order, and the persons under each."""
    count = len(ranges.keys)
    low, high = _KEYS * at // count, _KEYS * (at + 1) // count
    before = np.cumsum([0, *ranges.persons()])
    pieces = list(slices(ranges.scratch, ranges.people, low, None if high == _KEYS else high))
    hashes = np.concatenate([hashes for hashes, _ in pieces])
    persons = np.concatenate([found + np.int32(base) for (_, found), base in zip(pieces, before[:-1], strict=True)])
    order = np.argsort(hashes, kind="stable")  # each piece is in order, and so are the persons of one after another
    hashes = hashes[order]
    first = np.ones(len(hashes), np.bool_)
    first[1:] = hashes[1:] != hashes[:-1]
    found = {"keys": hashes[first], "starts": np.flatnonzero(first), "persons": persons[order]}
    ranges.scratch.save(ranges.keys[at], found)


def joined(ranges: Ranges, words: Words, gathered: View) -> tuple[Arrays, Mapping[str, int]]:
    """All arrays of a snapshot, and how many rows, persons and addresses it has."""
    people = _Pieces(ranges.scratch, ranges.people)
    persons, rows = sum(ranges.persons()), people.length("as_of")
    arrays: dict[str, NDArray[Any] | Joined] = {
        name: array for name, array in gathered.items() if not name.startswith(("words-", "addresses-"))
    }
    for name in ("as_of", "address", "dates", "person_bytes", *(f"name_{f.name}" for f in fields(Names))):
        arrays[name] = people.of(name)
    arrays["residence"] = people.of("residence", "residences", _numbered_on)
    arrays["person_start"] = people.starts("person_start", "as_of")
    arrays["who_start"] = people.starts("who_start", "dates")
    arrays["person_offsets"] = people.starts("person_offsets", "person_bytes", with_end=True)
    arrays["occupants"] = people.held("address", len(gathered["home_kind"]))
    for name, plural in (("given", "given"), ("surname", "surnames")):
        holders = people.held(name, len(words.text))
        arrays |= {f"{name}_holders": holders} | _by_hash(name, holders, words.hashes)
        borne = np.flatnonzero(holders).astype(np.int32)
        arrays |= _named(f"near_{plural}", near_blocks(words, borne))
    given = arrays["given_holders"]
    assert isinstance(given, np.ndarray)
    often = given >= max(_BORNE_AT_LEAST, persons // _BORNE_ONE_IN)
    arrays |= {"given_borne": often, "borne_hashes": np.sort(words.hashes[often])}
    arrays |= _blocks(_Pieces(ranges.scratch, ranges.keys))
    return arrays, {"rows": rows, "persons": persons, "addresses": len(gathered["home_kind"])}


class _Pieces:
    """The arrays of finished steps, one behind another."""

    def __init__(self, scratch: Scratch, steps: Sequence[str]) -> None:
        self._scratch = scratch
        self._steps = steps

    def length(self, name: str) -> int:
        return sum(self._lengths(name))

    def of(self, name: str, counted: str = "", change: Change = lambda piece, _before: piece) -> Joined:
        """An array of all steps, each piece changed by what is counted in the steps before."""
        dtype = self._scratch.load(self._steps[0])[name].dtype
        before = np.cumsum([0, *self._counts(counted)]).tolist() if counted else [0] * (len(self._steps) + 1)

        def pieces() -> Iterator[NDArray[Any]]:
            for step, count in zip(self._steps, before[:-1], strict=True):
                yield change(self._scratch.load(step)[name], count)

        return Joined(dtype, self.length(name), pieces)

    def starts(self, name: str, counted: str, *, with_end: bool = False) -> Joined:
        """Where groups begin in an array of all steps, and one past the last; ``with_end``: each step has its own."""
        cut = 1 if with_end else 0
        body = self.of(name, counted, lambda piece, before: piece[: len(piece) - cut] + before)
        end = np.array([self.length(counted)], np.int64)

        def pieces() -> Iterator[NDArray[Any]]:
            yield from body.pieces()
            yield end

        return Joined(np.dtype(np.int64), body.length - cut * len(self._steps) + 1, pieces)

    def held(self, name: str, codes: int) -> I32:
        """Per code, how many persons have it."""
        holders = np.zeros(codes, np.int32)
        for step in self._steps:
            loaded = self._scratch.load(step)
            holders[loaded[f"{name}_held"]] += loaded[f"{name}_holders"]
        return holders

    def index(self, name: str) -> NDArray[Any] | Joined:
        """``index_of`` all keys, of which each step has an equal range."""
        keys = self.of(name)
        places = places_for(keys.length)
        if places < len(self._steps):
            return index_of(np.concatenate(list(keys.pieces())))
        here, shift = places // len(self._steps), shift_of(places)

        def pieces() -> Iterator[NDArray[Any]]:
            yield np.zeros(1, np.uint32)
            before = 0
            for at, piece in enumerate(keys.pieces()):
                leading = (piece >> shift).astype(np.int64) - at * here
                yield (np.cumsum(np.bincount(leading, minlength=here)) + before).astype(np.uint32)
                before += len(piece)

        return Joined(np.dtype(np.uint32), places + 1, pieces)

    def _lengths(self, name: str) -> list[int]:
        return [len(self._scratch.load(step)[name]) for step in self._steps]

    def _counts(self, name: str) -> list[int]:
        if name != "residences":
            return self._lengths(name)
        return [int(self._scratch.load(step)[name][0]) for step in self._steps]


def _numbered_on(residence: NDArray[Any], before: int) -> NDArray[Any]:
    return np.where(residence == ABSORBED, ABSORBED, residence + np.int32(before)).astype(np.int32)


def _by_hash(name: str, holders: I32, hashes: U64) -> dict[str, NDArray[Any]]:
    """How many persons bear each name, by its hash."""
    borne: I64 = np.flatnonzero(holders)
    borne = borne[np.argsort(hashes[borne])]
    return {f"{name}_hashes": hashes[borne], f"{name}_hash_holders": holders[borne]}


def _blocks(keys: _Pieces) -> dict[str, NDArray[Any] | Joined]:
    found = {"keys": keys.of("keys"), "persons": keys.of("persons"), "starts": keys.starts("starts", "persons")}
    return {f"blocks_{name}": array for name, array in (found | {"index": keys.index("keys")}).items()}


def _named(name: str, blocks: Blocks) -> dict[str, NDArray[Any]]:
    return {f"{name}_{f.name}": getattr(blocks, f.name) for f in fields(blocks)}
