"""A file shaped like 2025's: no row with a missing element passes, and every row with all elements passes."""

import numpy as np
import pytest
from benchmarks.law import disagreements, masks
from benchmarks.shape_2025 import BASIS, DEFECTS, HEADS, Shape, make_shape

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.request import Admitted
from narrowgate.flow.casefile import only
from narrowgate.law.decide import decide
from narrowgate.law.pack import load_pack


@pytest.fixture(scope="module", params=[3_000, pytest.param(100_000, marks=pytest.mark.long)])
def shape(request: pytest.FixtureRequest) -> Shape:
    return make_shape(request.param, seed=11)


def test_the_law_says_of_every_row_what_is_true_of_it(shape: Shape) -> None:
    decided = decide(shape.admitted, shape.circumstances, load_pack(BASIS), shape.pseudonyms)
    found = masks(decided.unmet, shape.elements)
    assert np.array_equal(found, shape.refused)
    assert 0.1 < np.mean(shape.refused == 0) < 0.4


def test_every_defect_is_drawn_and_every_element_of_a_row_is_missed_somewhere(shape: Shape) -> None:
    assert set(shape.drawn) == set(DEFECTS)
    assert min(shape.drawn.values()) > 0
    missed = {e for k, e in enumerate(shape.elements) if np.any(shape.refused & np.uint64(1 << k))}
    assert missed | {element for element, _ in HEADS.values()} == set(shape.elements)


@pytest.mark.parametrize("what", HEADS)
def test_what_a_request_states_once_is_refused_in_every_row(shape: Shape, what: str) -> None:
    element, change = HEADS[what]
    shard: Admitted = only(shape.admitted, range(1_000))
    changed: tuple[Admitted, Circumstances] = change(shard, shape.circumstances)
    assert disagreements(shape, *changed, element) == {}
