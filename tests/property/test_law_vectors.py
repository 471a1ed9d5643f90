"""Every pack: Cedar, and with it every verdict, against a plain loop over the pack's elements, vector by vector.

The loop is written out here and shares nothing with ``prove.unmet``: it asks of each element, in the pack's own order,
whether its fact is known to be true, and whether the condition that it stands under is known to be false.
"""

import numpy as np
import pytest

from narrowgate.law.evaluate import evaluate
from narrowgate.law.pack import Pack, list_packs, load_pack

QUICK, LONG = 2_000, 10_000


def refused_under(pack: Pack, vector: int) -> list[str]:
    """What a reader would cite, sorted."""
    true = set()
    for place, name in enumerate(pack.facts):
        if vector // 2**place % 2 == 1:
            true.add(name)
    cited = []
    for rule in pack.rules:
        applies = rule.condition == "" or rule.condition in true
        if applies and rule.element not in true:
            cited.append(rule.element)
    cited.sort()
    return cited


def drawn(pack: Pack, many: int) -> list[int]:
    """So many different vectors, or all there are where there are not many more.

    From those with hardly a false fact, where lawful rows are, to those with as many false as true.
    """
    whole = 2 ** len(pack.facts)
    if whole <= 4 * many:
        return list(range(whole))
    rng = np.random.default_rng(len(pack.facts))
    found = {whole - 1}
    while len(found) < many:
        share = rng.random() * 0.5
        found.add(sum(1 << place for place in range(len(pack.facts)) if rng.random() > share))
    return sorted(found)


def contradicted(pack: Pack, vectors: list[int]) -> list[int]:
    """The vectors that are judged otherwise than the loop judges them."""
    unmet = evaluate(np.array(vectors, np.uint64), pack, "a", "a").unmet.to_pylist()
    return [vector for vector, one in zip(vectors, unmet, strict=True) if one != refused_under(pack, vector)]


@pytest.mark.parametrize("pack_id", list_packs())
def test_thousands_of_vectors_are_judged_as_a_reader_would(pack_id: str) -> None:
    pack = load_pack(pack_id)
    vectors = drawn(pack, QUICK)
    assert any(refused_under(pack, vector) == [] for vector in vectors)
    assert contradicted(pack, vectors) == []


@pytest.mark.long
@pytest.mark.parametrize("pack_id", list_packs())
def test_ten_thousand_vectors_are_judged_as_a_reader_would(pack_id: str) -> None:
    pack = load_pack(pack_id)
    assert contradicted(pack, drawn(pack, LONG)) == []
