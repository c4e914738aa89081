"""A state file with any damage is refused by name, or loads to exactly what was saved; never to something else."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsm.assembly import load_record, state_store
from fsm.record import Record
from fsm.storage.disk import RealDisk
from fsm.storage.places import Places
from fsm.storage.store import StateDamaged
from tests.fuzz.mutations import mutated
from tests.scenarios.in_process import in_process_stage

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
WINDOW_MS = 2_000
OWN_KEYS = {"schema", "checksum", "generation"}


class Saved:
    """The state of a covered position as a program saved it, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with in_process_stage() as stage:
            stage.signal("long", 95000.0)
            stage.pass_time(5)
            self.now_ms = stage.clock.now_ms()
            self.content = stage.settings.places.state.read_bytes()
        self.places = Places(data_dir=folder)
        self.places.state.parent.mkdir(parents=True)
        self.record = self.loaded(self.content)
        assert self.record is not None
        assert self.record.position is not None

    def answer(self, content: bytes) -> tuple[Record | None, str]:
        """The record, or why there is none."""
        try:
            return self.loaded(content), ""
        except StateDamaged as refused:
            return None, str(refused)

    def loaded(self, content: bytes) -> Record | None:
        self.places.state.write_bytes(content)
        return load_record(self.places, RealDisk(), self.now_ms, WINDOW_MS)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return Saved(tmp_path_factory.mktemp("saved"))


@fuzzed
@given(st.data())
def test_any_flipped_bits_are_noticed(saved: Saved, data: st.DataObject) -> None:
    """Bit by bit, byte by byte, cut or doubled: refused with the file's name, or the same record."""
    content = bytearray(saved.content)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damaged = bytes(content[: data.draw(st.integers(0, len(content)))]) if data.draw(st.booleans()) else bytes(content)
    found, said = saved.answer(damaged)
    assert found == saved.record or str(saved.places.state) in said


@fuzzed
@given(st.data())
def test_wrong_contents_with_a_right_checksum_are_a_record_or_refused(saved: Saved, data: st.DataObject) -> None:
    """As another version of the program might have written it: nothing but a refusal by name."""
    document = {name: part for name, part in json.loads(saved.content).items() if name not in OWN_KEYS}
    found = data.draw(mutated(document).filter(lambda one: isinstance(one, dict) and not OWN_KEYS & set(one)))
    state_store(saved.places, RealDisk()).save(found)
    loaded, said = saved.answer(saved.places.state.read_bytes())
    if loaded is None:
        assert str(saved.places.state) in said
    else:
        assert (loaded.position is not None) == (loaded.state.value in WITH_POSITION)


WITH_POSITION = ("PENDING", "OPEN", "OPEN_FILLED", "TRAILING", "CLOSING", "CLOSED")
