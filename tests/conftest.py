"""Fixtures shared by every suite."""

from pathlib import Path

import pytest
from hypothesis import settings

from kit import Captured, Kit

settings.register_profile("untimed", deadline=None)  # no test fails because the machine is busy
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A gate that is ready to answer, built once."""
    root = tmp_path_factory.mktemp("template")
    Kit(root, Captured(pytestconfig)).build()
    return root


@pytest.fixture
def kit(template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Kit:
    """A copy of that gate, for one test."""
    made = Kit(tmp_path, capsys)
    made.copy_from(template)
    return made
