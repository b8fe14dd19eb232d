"""Parts of Mesa a run does not use are imported at their first use."""

from __future__ import annotations

import sys

import pytest

from sim.agents import put_off

NAME = "poplib"


def test_what_isput_off_is_imported_when_it_is_used() -> None:
    with put_off(NAME):
        import poplib as late
    assert NAME not in sys.modules
    assert issubclass(late.error_proto, Exception)
    assert NAME in sys.modules


def test_what_is_needed_at_once_cannot_beput_off() -> None:
    """Mesa is then imported plainly."""
    with pytest.raises(ImportError, match="put off"), put_off("mailbox"):
        from mailbox import Mailbox  # noqa: F401
