"""Over any facts Cedar, the second opinion and an oracle that reads nothing but a table agree."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.domain.fillers import is_filler
from narrowgate.domain.postal import is_sufficient, parse
from narrowgate.law.evaluate import evaluate
from narrowgate.law.names import is_name
from narrowgate.law.pack import load_pack
from narrowgate.law.reasons import is_authority, is_case_number, is_reason
from narrowgate.law.statutes import designated, read

PACK = load_pack("us.irc.6103.i.2")
ALWAYS = [
    "row_well_formed",
    "request_timely",
    "signer_is_authorized",
    "signature_valid",
    "basis_adopted",
    "not_stayed",
    "safeguards_clear",
    "name_stated",
    "address_stated",
    "taxable_period_stated",
    "authority_stated",
    "statute_designated",
    "reason_stated",
    "officer_engaged",
    "case_stated",
    "purpose_exclusive",
]
BROUGHT = ["order_ground_stated", "order_final_and_elapsed", "willfulness_attested"]


def oracle(vector: int) -> list[str]:
    true = {name for bit, name in enumerate(PACK.facts) if vector & (1 << bit)}
    wanted = ALWAYS + (BROUGHT if "designates_us_8_1253_a_1" in true else [])
    return sorted(name for name in wanted if name not in true)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 2 ** len(PACK.facts) - 1), max_size=60))
def test_the_oracle_agrees_over_any_facts(vectors: list[int]) -> None:
    verdicts = evaluate(np.array(vectors, np.uint64), PACK, "a", "a")
    assert verdicts.unmet.to_pylist() == [oracle(v) for v in vectors]


def test_the_oracle_agrees_over_every_vector_with_at_most_two_false() -> None:
    whole = 2 ** len(PACK.facts) - 1
    bits = range(len(PACK.facts))
    vectors = [whole & ~(1 << a) & ~(1 << b) for a in bits for b in bits]
    verdicts = evaluate(np.array(vectors, np.uint64), PACK, "a", "a")
    assert verdicts.unmet.to_pylist() == [oracle(v) for v in vectors]


@settings(max_examples=25)
@given(st.integers(0, 2 ** len(PACK.facts) - 1))
def test_an_agency_nobody_registered_is_never_lawful(vector: int) -> None:
    (unmet,) = evaluate(np.array([vector], np.uint64), PACK, "a", "b").unmet.to_pylist()
    assert unmet == (oracle(vector) or ["row_well_formed"])


TEXTS = st.text(max_size=40) | st.text("0123456789 ABCEINOPRSTUXan/#-.§()½É", max_size=40)


@settings(max_examples=300)
@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_nothing_a_cell_says_raises(a: str, b: str, c: str, d: str, e: str) -> None:
    address = parse(a, b, c, d, e)
    assert is_sufficient(address) in (True, False)
    assert is_name(a, b) in (True, False)
    assert is_filler(a) in (True, False)
    assert {is_reason(a), is_case_number(b), is_authority(c)} <= {True, False}
    assert designated(d, PACK.designation, PACK.offences).designates in (True, False)
    assert PACK.grounds["us.8.1253.a.1"].states(e) in (True, False)
    for citing in read(a):
        assert read(str(citing)) == (citing,)


@settings(max_examples=200)
@given(
    st.sampled_from(["unknown", "n/a", "failed to provide", "none", "refused", "tbd", "no fixed address"]), st.data()
)
def test_a_filler_is_one_however_it_is_dressed(filler: str, data: st.DataObject) -> None:
    dressed = "".join(c.upper() if data.draw(st.booleans()) else c for c in filler)
    dressed = dressed.replace(" ", data.draw(st.sampled_from([" ", "  ", "_", " - ", "."])))
    dressed = (
        data.draw(st.sampled_from(["", " ", "*", "("])) + dressed + data.draw(st.sampled_from(["", "!", ")", "."]))
    )
    assert is_filler(dressed)
    for line in (dressed, f"123 {dressed}", f"1 {dressed}"):
        assert not is_sufficient(parse(line, "", "Springfield", "VA", "22150"))


@settings(max_examples=200)
@given(st.integers(1, 99999), st.sampled_from(["Oak", "N Main", "Calle Luna", "County Road 5", "Peña"]), st.data())
def test_spelling_does_not_change_an_address(number: int, street: str, data: st.DataObject) -> None:
    suffix, other = data.draw(st.sampled_from([("Street", "ST."), ("Avenue", "ave"), ("Lane", "Ln"), ("Road", "RD")]))
    first = parse(f"{number} {street} {suffix} Apt 4", "", "Springfield", "VA", "22150")
    second = parse(f" {number}  {street.upper()} {other},", "#4", "springfield", "virginia", "22150-1234")
    assert first == second
    assert is_sufficient(first)
