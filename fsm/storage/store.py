"""The machine's state as one JSON file that is never half written and never silently replaced.

A save puts the whole document into a draft beside the file and makes it durable, gives the present file a second
name (`<name>.previous`) by a hard link, and renames the draft over the file. At every instant, power loss included,
the file holds a complete generation: the last one or the one before. Loading checks everything and repairs nothing.

Generations are numbered, and a witness elsewhere knows the newest number. An older generation that somebody put back
is intact, but it knows less than was traded: it is refused like damage.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from fsm.storage.disk import Disk
from fsm.storage.witness import Witness

Document = dict[str, object]
Migration = Callable[[Document], Document]

_OWN_KEYS = frozenset({"schema", "checksum", "generation"})


class StateDamaged(Exception):
    """The saved state cannot be trusted; nothing was changed, and a person has to decide."""

    def __init__(self, path: Path, position: str, what: str, way_out: str) -> None:
        super().__init__(f"{path}, {position}: {what}. {way_out}")
        self.path = path
        self.position = position
        self.what = what
        self.way_out = way_out


class SaveFailed(Exception):
    """The disk refused the new generation; the file still holds a complete one, and saving may be tried again."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: the state could not be saved ({error}); free or repair the disk, saving is retried")
        self.path = path
        self.error = error


class _Fault(Exception):
    """What is wrong with one generation, and where."""

    def __init__(self, position: str, what: str) -> None:
        super().__init__(what)
        self.position = position
        self.what = what


class Store:
    """Keeps one document of the given schema; `migrations[n]` turns a document of schema n into one of n + 1."""

    def __init__(self, path: Path, witness: Path, migrations: Mapping[int, Migration], schema: int, disk: Disk) -> None:
        self.path = path
        self.previous = path.with_name(path.name + ".previous")
        self._migrations = migrations
        self._schema = schema
        self._disk = disk
        self._witness = Witness(witness, disk)
        self._generation: int | None = None
        """The number of the last generation; None until the first save asks for it."""
        self._draft = path.with_name(path.name + ".tmp")
        self._previous_draft = path.with_name(path.name + ".previous.tmp")

    def save(self, document: Mapping[str, object]) -> None:
        """Make the document the saved generation, durably, or raise `SaveFailed` and leave the file as it was."""
        generation = self._next_generation()
        content = _encode(document, self._schema, generation)
        try:
            self._disk.write(self._draft, content)
            self._keep_previous()
            self._disk.replace(self._draft, self.path)
            self._disk.sync_directory(self.path.parent)
        except OSError as error:
            self._remove_drafts()
            raise SaveFailed(self.path, error) from error
        self._witness.note(generation)

    def load(self) -> Document | None:
        """The saved document in today's schema; None only if none was ever saved; else `StateDamaged`."""
        newest = self._witness.newest()  # before the file: a save in between makes that newer, which is no fault
        try:
            content = self._disk.read(self.path)
            if content is None and self._disk.read(self.previous) is None:
                return None
            generation, document = self._decode(content)
        except _Fault as fault:
            self._refuse(fault)
        except OSError as error:
            self._refuse(_Fault("the whole file", f"it cannot be read ({error})"))
        if generation < newest:
            self._refuse_older(generation, newest)
        return document

    def _next_generation(self) -> int:
        """One more than any number given so far, also where the file was lost or an older one was accepted."""
        if self._generation is None:
            self._generation = max(self._witness.newest(), self._present_generation())
        self._generation += 1
        return self._generation

    def _present_generation(self) -> int:
        try:
            return self._decode(self._disk.read(self.path))[0]
        except (_Fault, OSError):
            return 0

    def _keep_previous(self) -> None:
        self._disk.remove(self._previous_draft)
        try:
            self._disk.link(self.path, self._previous_draft)
        except FileNotFoundError:
            return  # the first save has no predecessor
        self._disk.replace(self._previous_draft, self.previous)
        self._disk.remove(self._previous_draft)  # renaming onto another name of the same file leaves both

    def _remove_drafts(self) -> None:
        for draft in (self._draft, self._previous_draft):
            with contextlib.suppress(OSError):  # the failure of the save is the one to tell
                self._disk.remove(draft)

    def _decode(self, content: bytes | None) -> tuple[int, Document]:
        """The number of the generation, and the document in today's schema."""
        if content is None:
            raise _Fault("no file", "it is missing although its previous generation is there")
        document = _parse(content)
        _verify_checksum(document)
        generation = document.pop("generation", 0)  # schema 1 had no numbers
        if type(generation) is not int or generation < 0:
            raise _Fault("key 'generation'", f"{generation!r} is no number of a generation")
        return generation, self._migrate(document)

    def _migrate(self, document: Document) -> Document:
        found = document.pop("schema", None)
        if type(found) is not int or found < 1:
            raise _Fault("key 'schema'", f"{found!r} is no schema number")
        if found > self._schema:
            raise _Fault("key 'schema'", f"schema {found} is of a newer version; this one knows {self._schema}")
        for number in range(found, self._schema):
            if number not in self._migrations:
                raise _Fault("key 'schema'", f"no migration from schema {number} to {number + 1}")
            document = self._migrations[number](document)
        return document

    def _refuse(self, fault: _Fault) -> NoReturn:
        raise StateDamaged(self.path, fault.position, fault.what, self._way_out()) from fault

    def _refuse_older(self, generation: int, newest: int) -> NoReturn:
        what = (
            f"an older one came back: it is generation {generation}, but {self._witness.path} knows generation {newest}"
        )
        way_out = (
            "What was traded since is not in it. Put the newest file back. If it is lost, compare this one with the "
            "orders and loans at the venue, wait until the last signals are older than MAX_PEAK_AGE_SEC, and to go on "
            f"from it: {self._forget_newest}"
        )
        raise StateDamaged(self.path, "key 'generation'", what, way_out)

    @property
    def _forget_newest(self) -> str:
        return f"rm -f '{self._witness.path}'"

    def _way_out(self) -> str:
        try:
            content = self._disk.read(self.previous)
            if content is None:
                return f"No previous generation is kept as {self.previous}; restore the file from a backup"
            self._decode(content)
        except (_Fault, OSError) as fault:
            return f"The previous generation {self.previous} is no help either ({fault}); restore from a backup"
        keep = f"cp -p '{self.path}' '{self.path}.damaged'; " if self.path.exists() else ""
        return (
            f"The previous generation {self.previous} is intact, but one step older. Compare it with the orders at the "
            f"venue; to go on from it: {keep}cp -p '{self.previous}' '{self.path}'; {self._forget_newest}"
        )


def _encode(document: Mapping[str, object], schema: int, generation: int) -> bytes:
    reserved = _OWN_KEYS & document.keys()
    if reserved:
        raise ValueError(f"the store adds {sorted(reserved)} itself; the document must not have them")
    body = json.loads(json.dumps({"schema": schema, "generation": generation, **document}, allow_nan=False))
    return json.dumps({"checksum": _checksum(body), **body}, separators=(",", ":")).encode("ascii") + b"\n"


def _checksum(body: Mapping[str, object]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _verify_checksum(document: Document) -> None:
    stored = document.pop("checksum", None)
    found = _checksum(document)
    if stored != found:
        raise _Fault("key 'checksum'", f"the checksum is {stored!r}, but the content has {found!r}")


def _parse(content: bytes) -> Document:
    if not content.strip():
        raise _Fault("byte 0", "the file is empty")
    try:
        text = content.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise _Fault(f"byte {error.start}", "the file is no UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise _syntax_fault(error) from error
    except (ValueError, RecursionError) as error:
        raise _Fault("the whole file", f"a value that is never saved ({error})") from error
    if not isinstance(document, dict):
        raise _Fault("byte 0", f"the file holds a {type(document).__name__}, not an object")
    return document


def _syntax_fault(error: json.JSONDecodeError) -> _Fault:
    byte = len(error.doc[: error.pos].encode("utf-8"))
    whole = error.doc.rstrip().endswith("}")
    what = f"no JSON ({error.msg})" if whole else f"the file ends in the middle ({error.msg})"
    return _Fault(f"line {error.lineno} column {error.colno} (byte {byte})", what)


def _object(pairs: list[tuple[str, object]]) -> Document:
    document: Document = {}
    for key, value in pairs:
        if key in document:
            raise _Fault(f"key {key!r}", "the key is there twice")
        document[key] = value
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
