"""The saved state: complete at every instant, checked whole when loaded, never silently replaced (R1, R2, R8, R10)."""

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsm.storage.disk import Disk, RealDisk
from fsm.storage.store import Document, SaveFailed, StateDamaged, Store
from tests.store.failing_disk import FailingDisk, PowerLoss

ROOT = Path(__file__).resolve().parents[2]
NAME = "executor_state.json"
SMALL: Document = {
    "state": "OPEN",
    "position": {"entry": "95000.5", "legs": ["0.00033", "0.00034"]},
    "lock_until": None,
}
STEPS_OF_A_SAVE = 8

TEXTS = st.text(max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXTS | st.floats(allow_nan=False, allow_infinity=False),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXTS, part, max_size=3),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(
    TEXTS.filter(lambda key: key not in ("schema", "checksum", "generation")), VALUES, max_size=5
)
IN_ONE_DIRECTORY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def witness_of(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}-newest")


def store_in(directory: Path, schema: int = 1, disk: Disk | None = None) -> Store:
    return Store(directory / NAME, witness_of(directory), {}, schema, disk or RealDisk())


def damage_of(store: Store) -> StateDamaged:
    with pytest.raises(StateDamaged) as caught:
        store.load()
    return caught.value


def test_nothing_saved_is_none(tmp_path: Path) -> None:
    """None means that no state was ever saved here, not even its directory."""
    assert store_in(tmp_path / "state").load() is None


@IN_ONE_DIRECTORY
@given(document=DOCUMENTS)
def test_load_gives_back_what_was_saved(tmp_path: Path, document: Document) -> None:
    """Any JSON object survives a save, key order, odd characters and big numbers included."""
    store = store_in(tmp_path)
    store.save(document)
    assert store.load() == document


def test_files_are_private_and_none_is_left_over(tmp_path: Path) -> None:
    """State and previous generation have mode 0600 whatever the umask, and no draft stays."""
    old_umask = os.umask(0)
    try:
        for number in range(3):
            store_in(tmp_path / "state").save({"number": number})
    finally:
        os.umask(old_umask)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {NAME: 0o600, NAME + ".previous": 0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_schema_and_checksum_stand_at_top_level(tmp_path: Path) -> None:
    """Who reads the file finds the document's own keys beside `schema`, `generation` and `checksum`."""
    store_in(tmp_path, schema=3).save(SMALL)
    saved = json.loads((tmp_path / NAME).read_bytes())
    assert saved.pop("schema") == 3
    assert saved.pop("generation") == 1
    assert len(saved.pop("checksum")) == 64
    assert saved == SMALL


def test_previous_generation_is_the_one_before(tmp_path: Path) -> None:
    """The file beside the state is the complete generation before it, byte for byte."""
    store = store_in(tmp_path)
    for number in range(3):
        store.save({"number": number})
    store.previous.replace(store.path)
    witness_of(tmp_path).unlink()
    assert store.load() == {"number": 1}


@pytest.mark.parametrize("key", ["schema", "checksum", "generation"])
def test_documents_may_not_have_the_stores_own_keys(tmp_path: Path, key: str) -> None:
    """A document with the store's keys is a mistake of the caller, not something to overwrite."""
    with pytest.raises(ValueError, match=key):
        store_in(tmp_path).save({key: 1})


DAMAGES: list[tuple[str, Callable[[bytes], bytes], str, str]] = [
    ("empty file", lambda saved: b"", "byte 0", "the file is empty"),
    ("blank file", lambda saved: b"\n\n", "byte 0", "the file is empty"),
    ("half a file", lambda saved: saved[:100], "line 1 column", "ends in the middle"),
    ("zeros after power loss", lambda saved: bytes(len(saved)), "line 1 column 1 (byte 0)", "ends in the middle"),
    ("no JSON", lambda saved: saved.replace(b":", b";", 1), "line 1 column 12 (byte 11)", "no JSON"),
    ("a second line", lambda saved: b"\n" + saved.replace(b",", b",,", 1), "line 2 column", "no JSON"),
    ("no UTF-8", lambda saved: saved.replace(b"OPEN", b"OP\xffN"), "byte", "no UTF-8"),
    ("an array", lambda saved: b"[1]", "byte 0", "holds a list"),
    ("a number", lambda saved: b"12", "byte 0", "holds a int"),
    ("null", lambda saved: b"null", "byte 0", "holds a NoneType"),
    ("NaN", lambda saved: b'{"a":NaN}', "whole file", "NaN"),
    ("too deep", lambda saved: b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "whole file", "never saved"),
    ("a number too long", lambda saved: b'{"a":' + b"1" * 5000 + b"}", "whole file", "never saved"),
    ("edited value", lambda saved: saved.replace(b"95000.5", b"95001.5"), "'checksum'", "the checksum is"),
    ("removed checksum", lambda saved: b'{"schema":1,"state":"IDLE"}', "'checksum'", "the checksum is None"),
    ("a key twice", lambda saved: saved.replace(b"{", b'{"state":"IDLE",', 1), "'state'", "there twice"),
    ("an inner key twice", lambda saved: saved.replace(b'{"entry"', b'{"entry":"1","entry"'), "'entry'", "there twice"),
]


@pytest.mark.parametrize(("damage", "position", "what"), [row[1:] for row in DAMAGES], ids=[row[0] for row in DAMAGES])
def test_r1_damage_is_refused_and_named(
    tmp_path: Path, damage: Callable[[bytes], bytes], position: str, what: str
) -> None:
    """R1: a damaged state is refused with file, position and way out, and stays on disk as evidence."""
    store = store_in(tmp_path)
    store.save({"number": 1})
    store.save(SMALL)
    evidence = damage(store.path.read_bytes())
    store.path.write_bytes(evidence)
    found = damage_of(store)
    assert position in found.position
    assert what in found.what
    assert all(text in str(found) for text in (str(store.path), found.position, found.what))
    assert f"cp -p '{store.previous}' '{store.path}'" in found.way_out
    assert store.path.read_bytes() == evidence


def test_the_named_way_out_works(tmp_path: Path) -> None:
    """The commands in the message bring back the previous generation and keep the damaged file."""
    store = store_in(tmp_path)
    store.save({"number": 1})
    store.save({"number": 2})
    store.path.write_bytes(b"{")
    subprocess.run(damage_of(store).way_out.split("from it: ")[1], shell=True, check=True)
    assert store.load() == {"number": 1}
    assert store.path.with_name(NAME + ".damaged").read_bytes() == b"{"


def test_a_missing_file_with_a_previous_generation_is_damage(tmp_path: Path) -> None:
    """R1: a state file that went away is never taken for a first start."""
    store = store_in(tmp_path)
    store.save({"number": 1})
    store.save({"number": 2})
    store.path.unlink()
    found = damage_of(store)
    assert "missing" in found.what
    assert "is intact" in found.way_out
    assert ".damaged" not in found.way_out


@pytest.mark.parametrize(
    ("previous", "advice"), [(None, "No previous generation"), (b"{", "no help either")], ids=["none", "damaged"]
)
def test_a_useless_previous_generation_is_called_so(tmp_path: Path, previous: bytes | None, advice: str) -> None:
    """The way out never advises a previous generation that would not load."""
    store = store_in(tmp_path)
    store.path.write_bytes(b"{")
    if previous is not None:
        store.previous.write_bytes(previous)
    assert advice in damage_of(store).way_out


def test_a_file_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    """What stands in the state's place and is no file is refused by name as well."""
    store = store_in(tmp_path)
    store.path.mkdir()
    assert "cannot be read" in damage_of(store).what


def test_every_flipped_bit_and_every_cut_is_noticed(tmp_path: Path) -> None:
    """One wrong bit or a lost end anywhere is refused, unless the document is the same for all that."""
    store = store_in(tmp_path)
    store.save(SMALL)
    saved = store.path.read_bytes()
    flips = [
        saved[:at] + bytes([saved[at] ^ 1 << bit]) + saved[at + 1 :] for at in range(len(saved)) for bit in range(8)
    ]
    assert unnoticed(store, flips + [saved[:length] for length in range(len(saved))]) == [saved[:-1]]


@IN_ONE_DIRECTORY
@given(document=DOCUMENTS, data=st.data())
def test_every_changed_byte_is_noticed(tmp_path: Path, document: Document, data: st.DataObject) -> None:
    """Any byte replaced, inserted or removed is refused or loads the identical document."""
    store = store_in(tmp_path)
    for path in (store.path, witness_of(tmp_path)):
        path.unlink(missing_ok=True)  # an example begins where every other does
    store.save(document)
    saved = store.path.read_bytes()
    at = data.draw(st.integers(0, len(saved) - 1))
    width = data.draw(st.integers(0, 2))
    changed = saved[:at] + data.draw(st.binary(max_size=2)) + saved[at + width :]
    store.path.write_bytes(changed)
    try:
        assert json.dumps(store.load()) == json.dumps(document)
    except StateDamaged:
        assert changed != saved


def unnoticed(store: Store, contents: list[bytes]) -> list[bytes]:
    """The contents that load; each must give the very document that was saved."""
    loaded = []
    for content in contents:
        store.path.write_bytes(content)
        try:
            assert store.load() == SMALL
        except StateDamaged:
            continue
        loaded.append(content)
    return loaded


def rename_legs(document: Document) -> Document:
    return {"legs": document["parts"], "steps": ["rename"]}


def count_legs(document: Document) -> Document:
    assert isinstance(document["steps"], list)
    return document | {"steps": [*document["steps"], "count"]}


def test_r10_migrations_run_in_order(tmp_path: Path) -> None:
    """R10: an older state is brought to today's schema step by step, and saved as such."""
    store_in(tmp_path, schema=1).save({"parts": 3})
    today = Store(tmp_path / NAME, witness_of(tmp_path), {2: count_legs, 1: rename_legs}, 3, RealDisk())
    document = today.load()
    assert document == {"legs": 3, "steps": ["rename", "count"]}
    today.save(document)
    assert today.load() == document


@pytest.mark.parametrize(
    ("saved", "known", "what"),
    [(2, 1, "schema 2 is of a newer version"), (1, 2, "no migration from schema 1 to 2"), (0, 1, "0 is no schema")],
    ids=["newer", "no migration", "unknown"],
)
def test_r10_other_schemas_are_refused_by_name(tmp_path: Path, saved: int, known: int, what: str) -> None:
    """R10: a state that this version cannot bring up to date is refused, naming both versions."""
    store_in(tmp_path, schema=saved).save(SMALL)
    found = damage_of(store_in(tmp_path, schema=known))
    assert what in found.what
    assert "schema" in found.position


@pytest.mark.parametrize("fails_at", range(1, STEPS_OF_A_SAVE + 1))
def test_r8_a_failed_save_leaves_the_old_state(tmp_path: Path, fails_at: int) -> None:
    """R8: whichever step the disk refuses, a complete generation is loaded, no draft stays, and a retry succeeds."""
    store = store_in(tmp_path)
    store.save({"number": 1})
    store.save({"number": 2})
    full = FailingDisk(fails_at, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(SaveFailed, match="No space left") as caught:
        store_in(tmp_path, disk=full).save({"number": 3})
    assert caught.value.error.errno == errno.ENOSPC
    assert store.load() in ({"number": 2}, {"number": 3})
    assert {path.name for path in tmp_path.iterdir()} <= {NAME, NAME + ".previous"}
    store.save({"number": 4})
    assert store.load() == {"number": 4}


@pytest.mark.parametrize("saves_before", [0, 1, 2, 3])
@pytest.mark.parametrize("fails_at", range(1, STEPS_OF_A_SAVE + 1))
def test_r2_stopped_at_any_step_a_complete_generation_stays(tmp_path: Path, fails_at: int, saves_before: int) -> None:
    """R2: a save that is cut short before any of its steps leaves the old or the new generation, never damage."""
    store = store_in(tmp_path)
    for number in range(saves_before):
        store.save({"number": number})
    allowed = ({"number": saves_before - 1} if saves_before else None, {"number": saves_before})
    try:
        store_in(tmp_path, disk=FailingDisk(fails_at, PowerLoss())).save({"number": saves_before})
    except PowerLoss:
        assert store.load() in allowed
    store.save({"number": -1})
    assert store.load() == {"number": -1}
    assert {path.name for path in tmp_path.iterdir()} <= {NAME, NAME + ".previous"}


def test_the_steps_of_a_save_are_all_visited(tmp_path: Path) -> None:
    """The two tests above stop at every step that a save has."""
    store_in(tmp_path).save({})
    store_in(tmp_path).save({})
    with pytest.raises(SaveFailed):
        store_in(tmp_path, disk=FailingDisk(STEPS_OF_A_SAVE, OSError("last"))).save({})
    store_in(tmp_path, disk=FailingDisk(STEPS_OF_A_SAVE + 1, OSError("beyond"))).save({})


def test_r8_really_full_disk(small_disk: Path) -> None:
    """R8: on a disk without a free byte the save fails, the state stays, and a later save works once there is room."""
    store = store_in(small_disk)
    store.save({"number": 1})
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(200_000))
    with pytest.raises(SaveFailed, match="No space"):
        store.save({"number": 2, "keys": ["k" * 50] * 200})
    assert store.load() == {"number": 1}
    assert {path.name for path in small_disk.iterdir()} <= {NAME, NAME + ".previous", "ballast"}
    ballast.unlink()
    store.save({"number": 3})
    assert store.load() == {"number": 3}


SAVER = """
import sys
from pathlib import Path
from fsm.storage.disk import Disk, RealDisk
from fsm.storage.store import Store
store = Store(Path(sys.argv[1]), Path(sys.argv[2]), {}, 1, RealDisk())
number = store.load()["number"]
while True:
    number += 1
    store.save({"number": number, "keys": ["PEAK|2025-01-13T20:00|long|95000.0"] * 100})
    print(number, flush=True)
"""


def test_r2_killed_between_writes(tmp_path: Path) -> None:
    """R2: after kill -9 at any moment the state is the last one reported as saved, or the one being saved."""
    store = store_in(tmp_path)
    store.save({"number": 0})
    for saves in range(3, 9):
        reported = killed_after(saves, store.path, witness_of(tmp_path))
        document = store.load()
        assert document is not None
        assert document["number"] in (reported, reported + 1)


def killed_after(saves: int, path: Path, witness: Path) -> int:
    """Let a process save that often, kill it at once; the last number that it reported as saved."""
    with subprocess.Popen([sys.executable, "-c", SAVER, path, witness], stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(saves)]
        child.kill()
        lines += child.stdout.readlines()
    return int([line for line in lines if line.endswith(b"\n")][-1])
