"""Merkle arithmetic against published values and named bad proofs."""

import pytest

from narrowgate.domain import merkle
from narrowgate.domain.errors import IntegrityError

# The leaves and roots published with RFC 6962's reference implementation (certificate-transparency, merkle_tree_test).
LEAVES = [bytes.fromhex(h) for h in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]


@pytest.mark.parametrize("size", range(9))
def test_published_roots_of_rfc_6962(size: int) -> None:
    frontier = merkle.Frontier()
    for leaf in HASHES[:size]:
        frontier.append(leaf)
    assert merkle.root(HASHES[:size]).hex() == ROOTS[size]
    assert frontier.root().hex() == ROOTS[size]


def test_published_inclusion_path() -> None:
    path = merkle.Tree(HASHES).inclusion(5)
    assert [h.hex() for h in path] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_published_consistency_path() -> None:
    path = merkle.Tree(HASHES).consistency(6)
    assert [h.hex() for h in path] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


GOOD = merkle.Tree(HASHES[:7])
PATH = GOOD.inclusion(3)
BAD_INCLUSION = {
    "too short": (3, 7, PATH[:-1]),
    "too long": (3, 7, [*PATH, PATH[0]]),
    "another leaf": (2, 7, PATH),
    "another size": (3, 20, PATH),
    "outside the tree": (7, 7, PATH),
    "negative": (-1, 7, PATH),
    "empty tree": (0, 0, []),
    "swapped": (3, 7, PATH[::-1]),
    "bytes moved across a seam": (3, 7, [PATH[0] + b"x", *PATH[1:]]),
}


@pytest.mark.parametrize("name", BAD_INCLUSION)
def test_bad_inclusion_proofs(name: str) -> None:
    index, size, path = BAD_INCLUSION[name]
    merkle.verify_inclusion(HASHES[3], 3, 7, PATH, GOOD.root())
    with pytest.raises(IntegrityError):
        merkle.verify_inclusion(HASHES[3], index, size, path, GOOD.root())


OLD = merkle.root(HASHES[:3])
PROOF = GOOD.consistency(3)
BAD_CONSISTENCY = {
    "empty": (3, OLD, 7, []),
    "too short": (3, OLD, 7, PROOF[:-1]),
    "too long": (3, OLD, 7, [*PROOF, PROOF[0]]),
    "another old root": (3, HASHES[0], 7, PROOF),
    "another old size": (5, OLD, 7, PROOF),
    "another new size": (3, OLD, 9, PROOF),
    "shrinking": (7, GOOD.root(), 3, PROOF),
    "same size, other roots": (7, OLD, 7, []),
    "same size, with a path": (7, GOOD.root(), 7, PROOF),
    "from nothing, other root": (0, OLD, 7, []),
    "power of two without a path": (4, merkle.root(HASHES[:4]), 7, []),
    "a hash of another width": (3, OLD, 7, [PROOF[0], PROOF[1] + b"x", *PROOF[2:]]),
}


@pytest.mark.parametrize("name", BAD_CONSISTENCY)
def test_bad_consistency_proofs(name: str) -> None:
    old_size, old_root, new_size, path = BAD_CONSISTENCY[name]
    merkle.verify_consistency(3, OLD, 7, GOOD.root(), PROOF)
    with pytest.raises(IntegrityError):
        merkle.verify_consistency(old_size, old_root, new_size, GOOD.root(), path)


def test_a_consistency_proof_that_is_too_long_is_named() -> None:
    with pytest.raises(IntegrityError, match="too long"):
        merkle.verify_consistency(3, OLD, 7, GOOD.root(), [*PROOF, PROOF[0]])


def test_asking_for_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="no leaf 7"):
        GOOD.inclusion(7)
    with pytest.raises(ValueError, match="does not go"):
        GOOD.consistency(8)
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.Tree(b"short")


@pytest.mark.parametrize(("size", "count"), [(3, 1), (-1, 0), (4, 2), (0, 1)])
def test_a_frontier_fits_its_size(size: int, count: int) -> None:
    with pytest.raises(IntegrityError):
        merkle.Frontier(size, HASHES[:count])
