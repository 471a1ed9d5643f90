"""Fixtures shared by every suite."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from kit import Kit

settings.register_profile("untimed", deadline=None)  # no test fails because the machine is busy
settings.load_profile("untimed")


class _Output:
    """Standard output and error of commands run while a session fixture is made, where ``capsys`` cannot be had."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture

    def readouterr(self) -> Any:
        return self._capture.read_global_capture()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A gate that is ready to answer, built once."""
    root = tmp_path_factory.mktemp("template")
    manager: Any = pytestconfig.pluginmanager.getplugin("capturemanager")
    Kit(root, _Output(manager)).build()
    return root


@pytest.fixture
def kit(template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Kit:
    """A copy of that gate, for one test."""
    made = Kit(tmp_path, capsys)
    made.copy_from(template)
    return made
