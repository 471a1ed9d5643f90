"""The text of each element's policy, cut from the pack's files: what counsel reads beside the statute."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cedarpy import pst

from narrowgate.domain.errors import NarrowgateError
from narrowgate.law import prove
from narrowgate.law.pack import Pack

_BETWEEN = re.compile(r"\s*(?://.*)?")


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One policy as it stands in its file, byte for byte, from its first annotation to its semicolon.

    Attributes:
        line: of the file, on which it begins.
    """

    file: str
    line: int
    text: str


def policy_texts(pack: Pack) -> Mapping[str, PolicyText]:
    """Element, or ``permit``, to its policy.

    1. Each file is cut before the first line of each policy; comments and blank lines between two belong to neither.
    2. Each cut is parsed by itself, and must be the very policy that was proved.

    Raises:
        NarrowgateError: ``pack_unsound`` where a cut is another policy: the page would show what does not decide.
    """
    found: dict[str, PolicyText] = {}
    for file in sorted(name for name in pack.files if name.endswith(".cedar")):
        text = pack.files[file].decode()
        whole, lines = prove.parse(file, text), text.splitlines()
        starts = list(whole.lines)
        if len(starts) != len(whole.policies):
            raise whole.unsound("the policies cannot be told apart: let each begin with @id on a line")
        for place, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines) + 1], strict=True)):
            cut = lines[start - 1 : end - 1]
            while cut and _BETWEEN.fullmatch(cut[-1]):
                cut.pop()
            made = PolicyText(file, start, "\n".join(cut))  # 1
            if not _is_alone(made, whole.policies[place]):  # 2
                raise whole.unsound("this policy cannot be shown by itself: let it begin with @id on a line", place)
            found[whole.policies[place].annotations["id"]] = made
    return found


def _is_alone(made: PolicyText, policy: pst.Template) -> bool:
    """Whether a cut holds this policy and no other."""
    try:
        alone = prove.parse(made.file, made.text).policies
    except NarrowgateError:
        return False
    return len(alone) == 1 and _meaning(alone[0]) == _meaning(policy)


def _meaning(policy: pst.Template) -> tuple[object, ...]:
    """All of a policy but the name that the parser gave it by its place."""
    return tuple(
        getattr(policy, part) for part in ("effect", "annotations", "principal", "action", "resource", "clauses")
    )
