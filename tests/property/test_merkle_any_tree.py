"""Any tree: every way to a root agrees, every proof verifies, no altered proof does, and pymerkle says the same."""

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.domain import merkle
from narrowgate.domain.errors import IntegrityError

LEAVES = st.lists(st.binary(max_size=4), min_size=1, max_size=80)


def _recursive(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return merkle.leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(_recursive(leaves[:k]), _recursive(leaves[k:]))


@given(st.lists(st.binary(max_size=4), max_size=80))
def test_tree_frontier_and_definition_agree(leaves: list[bytes]) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    frontier = merkle.Frontier()
    for h in hashes:
        frontier = merkle.Frontier(frontier.size, frontier.hashes())  # stored and taken up again
        frontier.append(h)
    assert merkle.root(hashes) == _recursive(leaves) == frontier.root()


@given(LEAVES, st.data())
def test_pymerkle_agrees(leaves: list[bytes], data: st.DataObject) -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        oracle.append_entry(leaf)
    tree = merkle.Tree(merkle.leaf_hash(leaf) for leaf in leaves)
    assert tree.root() == oracle.get_root()
    index = data.draw(st.integers(0, len(leaves) - 1))
    theirs = oracle.prove_inclusion(index + 1)
    assert tree.inclusion(index) == [bytes.fromhex(h) for h in theirs.serialize()["path"]][1:]


@given(LEAVES, st.data())
def test_inclusion_proofs_verify_and_altered_ones_do_not(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    tree = merkle.Tree(hashes)
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = tree.inclusion(index)
    merkle.verify_inclusion(hashes[index], index, len(leaves), path, tree.root())
    if path:
        at, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        path[at] = (int.from_bytes(path[at]) ^ 1 << bit).to_bytes(32)
        with pytest.raises(IntegrityError):
            merkle.verify_inclusion(hashes[index], index, len(leaves), path, tree.root())


@given(LEAVES, st.data())
def test_consistency_proofs_verify_and_altered_ones_do_not(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    tree, size = merkle.Tree(hashes), len(leaves)
    old = data.draw(st.integers(0, size))
    path, old_root = tree.consistency(old), merkle.root(hashes[:old])
    merkle.verify_consistency(old, old_root, size, tree.root(), path)
    if path:
        at, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        path[at] = (int.from_bytes(path[at]) ^ 1 << bit).to_bytes(32)
        with pytest.raises(IntegrityError):
            merkle.verify_consistency(old, old_root, size, tree.root(), path)


@given(st.integers(1, 600), st.integers(0, 10))
def test_aligned_subtrees_are_the_roots_of_their_leaves(size: int, level: int) -> None:
    hashes = [merkle.leaf_hash(b"%d" % i) for i in range(size)]
    width = 1 << level
    expected = tuple(merkle.root(hashes[i : i + width]) for i in range(0, size - width + 1, width))
    assert merkle.Tree(hashes).subtrees(level) == expected
