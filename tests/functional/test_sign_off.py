"""Two officers at two desks: the second signature in a process of its own, for every command that takes two."""

import json
import subprocess
import sys

import pytest

from kit import Kit, subject
from narrowgate.flow.effects import EFFECTS
from narrowgate.governance.staff import ROLE_OF


def elsewhere(*words: object) -> tuple[int, dict[str, object]]:
    """Runs a command in a fresh process."""
    command = [sys.executable, "-m", "narrowgate", *(str(w) for w in words), "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.returncode, json.loads(ended.stdout)


def test_every_command_that_people_sign_has_an_effect() -> None:
    assert set(EFFECTS) == set(ROLE_OF)


@pytest.mark.parametrize(
    "command",
    ["approve", *(pytest.param(c, marks=pytest.mark.long) for c in ("hold release", "shield add", "party add"))],
)
def test_the_second_signature_completes_in_another_process(kit: Kit, command: str) -> None:
    person, other = kit.people[0], kit.people[1]
    away = {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
    kit.submit([subject(person, 1), subject(other, 2), subject(other, 3, **{**away, "address_line_1": "9 Elm St"})])
    words: dict[str, tuple[object, ...]] = {
        "approve": ("approve", kit.gate, "r-1"),
        "hold release": ("hold", "release", kit.gate, "r-1"),
        "shield add": ("shield", "add", kit.gate, "--person", person.id, "--until", "2099-01-01", "--why", "x"),
        "party add": ("party", "add", kit.gate, kit.write_parties()),
    }
    first = kit.run(*words[command], *kit.signs("ada"))
    assert first.code == 2, first.err
    code, document = elsewhere("sign-off", kit.gate, first.document["id"], *kit.signs("ben"))
    assert (code, document["complete"]) == (0, True)
    kit.fsck()
