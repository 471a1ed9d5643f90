"""Who lives where in a made-up world: names, dwellings, families and their moves, as numbers. See ``world.py``."""

import itertools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Rng = np.random.Generator

CITIES, SURNAMES, RARE_GIVEN = 400, 90_000, 3_000
TOWER = 2_600
HOUSE, FLATS, PO_BOX, RURAL = range(4)
YEARS = (2021, 2025)
GROWN = 13_500  # days after 1970: no one in the records is younger


@dataclass(frozen=True)
class Names:
    """Words as Arrow text, and the codes and odds of drawing them."""

    surnames: pa.Array
    given: pa.Array
    female: Ints
    male: Ints
    twins: NDArray[np.int64]
    nickname: Ints
    streets: pa.Array
    streets_long: pa.Array
    towns: pa.Array
    states: pa.Array


@dataclass(frozen=True)
class Dwellings:
    """A row a dwelling: building and unit; a row a building: kind, number, street; a row a street: name, city, ZIP."""

    building: Ints
    unit: Ints
    kind: Ints
    number: Ints
    street: Ints
    street_name: Ints
    street_city: Ints
    street_zip: Ints


@dataclass(frozen=True)
class People:
    """A row a person. ``homes`` and ``years``: newest first, three columns, -1 where there is none."""

    household: Ints
    surname: Ints
    given: Ints
    middle: Ints
    suffix: Ints
    born: Ints
    homes: Ints
    years: Ints


def load_names() -> Names:
    """Reads ``world_names.toml`` and makes the rest up: always the same, whatever the seed."""
    listed = tomllib.loads(Path(__file__).with_name("world_names.toml").read_text(encoding="utf-8"))
    rng = np.random.default_rng(0)
    surnames = _padded(listed["surnames"].split(), _made_up(rng), SURNAMES)
    pairs = [pair.split() for pair in listed["near_twins"].replace("\n", " ").split(",")]
    short = [pair.split() for pair in listed["nicknames"].replace("\n", " ").split(",")]
    rare = _padded([], (word for word in _made_up(rng) if len(word) < 8), RARE_GIVEN)
    women, men = listed["female"].split(), listed["male"].split()
    given = list(dict.fromkeys([*women, *men, *itertools.chain(*pairs), *itertools.chain(*short), *rare]))
    code = {name: n for n, name in enumerate(given)}
    nickname = np.arange(len(given))
    nickname[[code[name] for name, _ in short]] = [code[nick] for _, nick in short]
    ways, types = (
        [pair.split() for pair in listed[key].replace("\n", " ").split(",")] for key in ("directions", "street_types")
    )
    words = [word.replace("-", " ") for word in listed["street_words"].split()]
    combined = list(itertools.product([["", ""], *ways], words, types))
    towns = [
        head + tail for head, tail in itertools.product(listed["town_heads"].split(), listed["town_tails"].split())
    ]
    return Names(
        surnames=pa.array(surnames),
        given=pa.array(given),
        female=np.array([code[name] for name in (*women, *rare)]),
        male=np.array([code[name] for name in (*men, *rare)]),
        twins=np.array([[code[a], code[b]] for a, b in pairs]),
        nickname=nickname,
        streets=pa.array([f"{way[0]} {word} {kind[0]}".strip() for way, word, kind in combined]),
        streets_long=pa.array([f"{way[1]} {word} {kind[1]}".strip() for way, word, kind in combined]),
        towns=pa.array([towns[n] for n in rng.permutation(len(towns))[:CITIES]]),
        states=pa.array([listed["states"].split()[n] for n in rng.integers(0, 16, CITIES)]),
    )


def _padded(listed: list[str], more: Iterator[str], wanted: int) -> list[str]:
    """The listed names, each once, and so many more that there are enough."""
    names = dict.fromkeys(listed)
    while len(names) < wanted:
        names[next(more)] = None
    return list(names)


def _made_up(rng: Rng) -> Iterator[str]:
    """Names of two or three syllables, without end."""
    starts = "b br ch d dr f g gr h j k kl l m mc n p r s sch st t tr v w z".split()  # noqa: SIM905 - syllables
    middles = "a ai au e ea ei i ie o oo ou u y".split()  # noqa: SIM905 - syllables
    ends = "ck ff ld ll lm m n nd ng nk ns r rd rn rt s ss t tt x z".split()  # noqa: SIM905 - syllables
    tails = ["", "", "er", "man", "ov", "ez", "ini", "sen", "owski", "ian", "oglu", "a"]
    while True:
        for a, b, c, d, e, f in rng.integers(0, 1 << 30, (4096, 6)):
            body = starts[a % 26] + middles[b % 13] + (starts[c % 26] + middles[d % 13] if c % 3 else "")
            yield (body + ends[e % 21] + tails[f % 12]).capitalize()


def _skewed(rng: Rng, options: int, size: int, exponent: float = 0.97) -> Ints:
    """Ranks with Zipf-Mandelbrot odds."""
    odds = np.cumsum((np.arange(options) + 6.0) ** -exponent)
    ranks: Ints = np.searchsorted(odds, rng.random(size) * odds[-1]).astype(np.int64)
    return ranks


def rank_within(groups: Ints) -> Ints:
    """0, 1, 2 … within each group."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ranks = np.empty(len(groups), np.int64)
    ranks[order] = np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))
    return ranks


def make_dwellings(wanted: int, names: Names, rng: Rng) -> Dwellings:
    """Buildings, forty a street, until there are enough dwellings; the first is the tallest tower."""
    kind = rng.choice(4, wanted, p=[0.915, 0.025, 0.04, 0.02])
    sizes = np.where(kind == FLATS, rng.integers(4, 30, wanted), 1)
    towers = (kind == FLATS) & (rng.random(wanted) < 0.015)
    sizes[towers] = np.minimum(TOWER, 100 * (1 + rng.pareto(1.1, int(towers.sum())))).astype(np.int64)
    kind[0], sizes[0] = FLATS, min(TOWER, max(50, wanted // 10))
    buildings = int(np.searchsorted(np.cumsum(sizes), wanted)) + 1
    kind, sizes = kind[:buildings], sizes[:buildings]
    building = np.repeat(np.arange(buildings), sizes)[:wanted]
    place = np.arange(wanted) - (np.cumsum(sizes) - sizes)[building]
    unit = np.where(sizes[building] > 40, (place // 26 + 1) * 100 + place % 26 + 1, place + 1)
    street = np.arange(buildings) // 40
    city = _skewed(rng, CITIES, int(street[-1]) + 1, 0.6)
    number = (1 + street * 37 % 120) * 100 + np.arange(buildings) % 40 * 4 + rng.integers(0, 4, buildings)
    boxes = rank_within(city[street] * 4 + kind) + 1
    return Dwellings(
        building=building,
        unit=np.where(kind[building] == FLATS, unit, 0),
        kind=kind,
        number=np.where(kind >= PO_BOX, boxes, number),
        street=street,
        street_name=(rank_within(city) * 7919 + city * 104_729) % len(names.streets),
        street_city=city,
        street_zip=20_000 + city * 9 + np.arange(len(city)) % (1 + city % 4),
    )


def make_people(records: int, names: Names, rng: Rng) -> tuple[People, Dwellings]:
    """Families in dwellings, with their moves; so many persons that their stays are exactly ``records``."""
    size = rng.choice(5, records, p=[0.28, 0.34, 0.16, 0.14, 0.08]) + 1
    household = np.repeat(np.arange(records), size)[:records]
    member = rank_within(household)
    families = int(household[-1]) + 1
    dwellings = make_dwellings(families + families // 4 + 60, names, rng)
    homes, years = _stays(household, member, len(dwellings.building), rng)
    stays = np.cumsum((homes >= 0).sum(axis=1))
    persons = int(np.searchsorted(stays, records)) + 1
    for _ in range(int(stays[persons - 1]) - records):
        homes[persons - 1, (homes[persons - 1] >= 0).sum() - 1] = -1
    household, member = household[:persons], member[:persons]
    given, suffix, born, surname = _selves(household, member, names, rng)
    middle = np.where(rng.random(persons) < 0.4, 1, -1) * (1 + rng.integers(0, len(names.female), persons))
    return People(household, surname, given, middle, suffix, born, homes[:persons], years[:persons]), dwellings


def _stays(household: Ints, member: Ints, dwellings: int, rng: Rng) -> tuple[Ints, Ints]:
    """Where each lived and in which year he was last seen there: families move, children leave, some move twice."""
    families, persons = int(household[-1]) + 1, len(household)
    home = rng.permutation(dwellings)[:families]
    shared = np.flatnonzero(rng.random(families) < 0.03)
    home[shared] = home[shared - 1]
    former = np.where(rng.random(families) < 0.18, rng.integers(0, dwellings, families), -1)
    homes = np.stack([home[household], former[household], np.full(persons, -1)], axis=1)
    left = (member >= 2) & (rng.random(persons) < 0.25)
    homes[left, 1] = homes[left, 0]
    homes[left, 0] = rng.integers(0, dwellings, int(left.sum()))
    newest = YEARS[1] - rng.choice(3, persons, p=[0.85, 0.12, 0.03])
    years = np.stack([newest, newest - rng.integers(1, 3, persons), np.zeros(persons, np.int64)], axis=1)
    years[:, 2] = years[:, 1] - 1
    twice = (homes[:, 1] >= 0) & (rng.random(persons) < 0.2) & (years[:, 2] >= YEARS[0])
    homes[twice, 2] = rng.integers(0, dwellings, int(twice.sum()))
    return homes, years


def _selves(household: Ints, member: Ints, names: Names, rng: Rng) -> tuple[Ints, Ints, Ints, Ints]:
    """Given names, suffixes (0 none, 1 Sr, 2 Jr), birth days and surnames: twins and juniors included."""
    persons, families = len(household), int(household[-1]) + 1
    surname = _skewed(rng, SURNAMES, families)[household]
    own = rng.random(persons) < 0.12
    surname[own] = _skewed(rng, SURNAMES, int(own.sum()))
    woman = rng.random(persons) < 0.5
    drawn = [codes[_skewed(rng, len(codes), persons, 1.2)] for codes in (names.female, names.male)]
    given = np.where(woman, *drawn)
    born = rng.integers(-11_000, 9_100, families)[household] + np.where(
        member >= 2,
        rng.integers(7_300, 12_000, persons),
        np.where(member == 1, rng.integers(-2_000, 2_000, persons), 0),
    )
    born = np.where(born > GROWN, rng.integers(GROWN - 3_000, GROWN, persons), born)
    twin = np.flatnonzero((member >= 3) & (rng.random(persons) < 0.08))
    born[twin], surname[twin] = born[twin - 1], surname[twin - 1]
    alike = twin[rng.random(len(twin)) < 0.6]
    pair = names.twins[rng.integers(0, len(names.twins), len(alike))]
    given[alike - 1], given[alike] = pair[:, 0], pair[:, 1]
    junior = np.flatnonzero((member == 2) & (rng.random(persons) < 0.06))
    given[junior], surname[junior] = given[junior - 2], surname[junior - 2]
    suffix = np.zeros(persons, np.int64)
    said = junior[rng.random(len(junior)) < 0.6]
    suffix[said], suffix[said - 2] = 2, 1
    return given, suffix, born, surname
