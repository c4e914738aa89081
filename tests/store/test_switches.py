"""The operator's switches are files; what cannot be removed is no command."""

from pathlib import Path

from fsm.operator import Command, Switches


def test_commands_are_taken_once_in_the_order_they_were_given(tmp_path: Path) -> None:
    """What was given twice before it was taken is one command."""
    switches = Switches(tmp_path / "commands")
    for command in (Command.RESUME, Command.FLATTEN, Command.FLATTEN):
        switches.give(command)
    assert set(switches.take()) == {Command.RESUME, Command.FLATTEN}
    assert switches.take() == ()


def test_what_cannot_be_removed_is_not_taken(tmp_path: Path) -> None:
    """It would be taken again at every start; the others are."""
    switches = Switches(tmp_path)
    (tmp_path / Command.FLATTEN).mkdir()
    switches.give(Command.PAUSE)
    assert switches.take() == (Command.PAUSE,)
    assert switches.take() == ()
