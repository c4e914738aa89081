"""An older generation of the state is intact, but it knows less than was traded: it is refused, a healthy one never."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fsm.assembly import load_record, state_store
from fsm.record import SCHEMA
from fsm.states import State
from fsm.storage.disk import RealDisk
from fsm.storage.places import Places
from fsm.storage.store import StateDamaged, Store
from fsm.storage.witness import Witness

RECORDED = Path(__file__).parent / "recorded"


class Kept:
    """A state file with its witness, in which so many generations were saved."""

    def __init__(self, folder: Path, saves: int) -> None:
        self.path = folder / "state" / "state.json"
        self.witness = folder / "journal" / "state.json.newest"
        self.contents: list[bytes] = []
        for number in range(saves):
            self.store.save({"number": number})
            self.contents.append(self.path.read_bytes())

    @property
    def store(self) -> Store:
        """As a new process has it."""
        return Store(self.path, self.witness, {}, SCHEMA, RealDisk())

    def refusal(self) -> StateDamaged:
        with pytest.raises(StateDamaged) as refused:
            self.store.load()
        return refused.value


@pytest.mark.parametrize("behind", [1, 2, 4])
def test_an_older_generation_is_refused_by_both_numbers(tmp_path: Path, behind: int) -> None:
    """One step older is as wrong as a backup; the message names file, numbers, witness and way out."""
    kept = Kept(tmp_path, 5)
    kept.path.write_bytes(kept.contents[-1 - behind])
    refused = kept.refusal()
    assert (
        f"an older one came back: it is generation {5 - behind}, but {kept.witness} knows generation 5" in refused.what
    )
    assert "Put the newest file back" in refused.way_out
    assert kept.path.read_bytes() == kept.contents[-1 - behind]


def test_the_newest_put_back_goes_on(tmp_path: Path) -> None:
    kept = Kept(tmp_path, 3)
    kept.path.write_bytes(kept.contents[0])
    kept.refusal()
    kept.path.write_bytes(kept.contents[-1])
    assert kept.store.load() == {"number": 2}


def test_the_named_way_out_accepts_the_older_one(tmp_path: Path) -> None:
    """The command in the message; from then on the other one is refused, for numbers go on from what was accepted."""
    kept = Kept(tmp_path, 5)
    kept.path.write_bytes(kept.contents[2])
    subprocess.run(kept.refusal().way_out.split("from it: ")[1], shell=True, check=True)
    store = kept.store
    assert store.load() == {"number": 2}
    store.save({"number": 10})
    assert kept.store.load() == {"number": 10}
    kept.path.write_bytes(kept.contents[2])
    kept.refusal()


def _put_directory(kept: Kept) -> None:
    kept.witness.unlink()
    kept.witness.mkdir()


LOSSES: dict[str, Callable[[Kept], object]] = {
    "never written": lambda kept: kept.witness.unlink(),
    "empty": lambda kept: kept.witness.write_bytes(b""),
    "one save behind": lambda kept: Witness(kept.witness, RealDisk()).note(2),
    "torn": lambda kept: kept.witness.write_bytes(kept.witness.read_bytes()[:30]),
    "a wrong digit": lambda kept: kept.witness.write_bytes(b"9" + kept.witness.read_bytes()[1:]),
    "no file": _put_directory,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_witness_that_stayed_behind_refuses_nothing(tmp_path: Path, loss: str) -> None:
    """A kill between the two writes, a loss of power, a damaged witness: the healthy state loads and saves."""
    kept = Kept(tmp_path, 3)
    LOSSES[loss](kept)
    store = kept.store
    assert store.load() == {"number": 2}
    store.save({"number": 3})
    assert kept.store.load() == {"number": 3}
    assert Witness(kept.witness, RealDisk()).newest() == (0 if loss == "no file" else 4)


def test_a_lost_state_begins_above_the_numbers_given(tmp_path: Path) -> None:
    """A fresh start is no reuse of numbers: a generation from before it is refused afterwards."""
    kept = Kept(tmp_path, 3)
    for path in kept.path.parent.iterdir():
        path.unlink()
    assert kept.store.load() is None
    kept.store.save({"number": 10})
    assert kept.store.load() == {"number": 10}
    kept.path.write_bytes(kept.contents[-1])
    kept.refusal()


class SavesWhileRead(RealDisk):
    """Another process saves once, as soon as the witness was read."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def read(self, path: Path, last: int | None = None) -> bytes | None:
        content = super().read(path, last)
        if path == self._kept.witness:
            self._kept.store.save({"number": 99})
        return content


def test_a_save_while_it_is_read_is_no_fault(tmp_path: Path) -> None:
    """`status` and `doctor` read while the executor saves."""
    kept = Kept(tmp_path, 2)
    assert Store(kept.path, kept.witness, {}, SCHEMA, SavesWhileRead(kept)).load() == {"number": 99}


def test_r10_a_recorded_state_of_schema_1_goes_on(tmp_path: Path) -> None:
    """As the version before numbered generations saved it in a covered position; once saved anew, it is out of date."""
    places = Places(data_dir=tmp_path)
    recorded = (RECORDED / "executor_state_schema_1.json").read_bytes()
    places.state.parent.mkdir()
    places.state.write_bytes(recorded)
    record = load_record(places, RealDisk(), 1_736_798_500_000, 2_000)
    assert record is not None
    assert record.state is State.OPEN_FILLED
    assert len(record.held_position.legs) == 3
    state_store(places, RealDisk()).save(record.to_json())
    assert load_record(places, RealDisk(), 1_736_798_500_000, 2_000) == record
    places.state.write_bytes(recorded)
    with pytest.raises(StateDamaged, match="an older one came back"):
        load_record(places, RealDisk(), 1_736_798_500_000, 2_000)
