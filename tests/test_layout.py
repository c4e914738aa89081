"""The rules of the code's layout: imports by layer, lengths, nesting, banned calls, names."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("exchange", "fsm", "guards", "signals")
LONGEST_FUNCTION, LONGEST_TEST, LONGEST_FILE, DEEPEST_NESTING = 45, 70, 350, 4


@dataclass(frozen=True)
class Module:
    """One source file, parsed."""

    path: str
    """Relative to the root, with slashes."""
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return "exchange.paper" if self.path.startswith("exchange/paper/") else self.path.split("/")[0]


def _module(path: Path) -> Module:
    text = path.read_text()
    return Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def _modules(*folders: str) -> list[Module]:
    return [_module(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


SOURCES = [*_modules(*PACKAGES), _module(ROOT / "run.py")]
TESTS = _modules("tests")

each_source = pytest.mark.parametrize("module", SOURCES, ids=lambda module: module.path)
each_file = pytest.mark.parametrize("module", [*SOURCES, *TESTS], ids=lambda module: module.path)


def test_the_sources_are_found() -> None:
    """Every package is looked at, and so is the composition root."""
    assert {module.package for module in SOURCES} == {*PACKAGES, "exchange.paper", "run.py"}
    assert len(SOURCES) > 100


ALLOWED: dict[str, set[str]] = {
    "run.py": {"exchange", "exchange.paper", "fsm", "guards", "signals"},
    "fsm": {"exchange", "fsm", "guards", "signals"},
    "guards": {"exchange", "guards", "signals"},
    "signals": {"signals"},
    "exchange": {"exchange"},
    "exchange.paper": {"exchange.paper"},
}
"""Who may import whom."""


def _imported(module: Module) -> Iterator[str]:
    """Names of the modules that are imported, absolute."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{_origin(node, module)}.{alias.name}" for alias in node.names)


def _origin(node: ast.ImportFrom, module: Module) -> str:
    """The module that is imported from, whether it is named from the top or by dots."""
    folders = module.path.split("/")[: -node.level] if node.level else []
    return ".".join([*folders, *([node.module] if node.module else [])])


def _package_of(name: str) -> str | None:
    if name == "exchange.paper" or name.startswith("exchange.paper."):
        return "exchange.paper"
    first = name.split(".", maxsplit=1)[0]
    return first if first in (*PACKAGES, "run") else None


@each_source
def test_imports_go_downwards_only(module: Module) -> None:
    """A package imports itself and the layers below; the simulated exchange imports nothing of ours but itself."""
    ours = {package for package in map(_package_of, _imported(module)) if package is not None}
    assert ours <= ALLOWED[module.package]


def test_ccxt_stays_at_the_border() -> None:
    """Only the client's package knows ccxt."""
    found = {module.package for module in SOURCES for name in _imported(module) if _is_of(name, "ccxt")}
    assert found == {"exchange"}


def test_the_machine_is_made_in_one_place() -> None:
    """Only the lifecycle knows transitions."""
    found = {module.path for module in SOURCES for name in _imported(module) if _is_of(name, "transitions")}
    assert found == {"fsm/lifecycle.py"}


def _is_of(name: str, library: str) -> bool:
    return name.split(".", maxsplit=1)[0] == library


# --- lengths
@each_source
def test_no_file_is_too_long(module: Module) -> None:
    """What does not fit into 350 lines is two things."""
    assert len(module.text.splitlines()) <= LONGEST_FILE


LISTS = {"fsm/assembly.py:assemble"}
"""Functions that only name what is put together: a list that long is read as one."""


@each_file
def test_no_function_is_too_long(module: Module) -> None:
    """A function can be seen at a glance; a test may hold a documented reply."""
    longest = LONGEST_TEST if module.package == "tests" else LONGEST_FUNCTION
    long = {node.name: _length(node) for node in _functions(module) if _length(node) > longest}
    assert {name: length for name, length in long.items() if f"{module.path}:{name}" not in LISTS} == {}


@each_file
def test_nesting_is_shallow(module: Module) -> None:
    """Deeper blocks want a function of their own."""
    deep = {f"{node.name}: {_depth(node)}" for node in _functions(module) if _depth(node) > DEEPEST_NESTING}
    assert deep == set()


Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def _functions(module: Module) -> list[Function]:
    return [node for node in ast.walk(module.tree) if isinstance(node, Function)]


def _length(function: Function) -> int:
    """Lines from `def` to the end, without the functions inside: these are measured for themselves."""
    inner = [node for node in ast.walk(function) if isinstance(node, Function) and node is not function]
    return _lines(function) - sum(_lines(node) for node in inner)


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _depth(node: ast.AST, depth: int = 0) -> int:
    """The deepest block in a function; an `elif` is as deep as its `if`."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            continue
        is_elif = isinstance(child, ast.If) and isinstance(node, ast.If) and node.orelse == [child]
        deepest = max(deepest, _depth(child, depth + (isinstance(child, _BLOCKS) and not is_elif)))
    return deepest


# --- calls
CLOCKS = ("exchange/clock.py", "exchange/paper/clock.py")
_CLOCK_CALL = re.compile(
    r"time\.(time|monotonic|perf_counter|clock_gettime)(_ns)?|datetime\.(datetime\.)?(now|utcnow|today)|date\.today"
)
_RANDOM_CALL = re.compile(r"random\.(?!Random$)\w+|secrets\.\w+|uuid\.uuid[14]|os\.urandom")


def _calls(module: Module) -> Iterator[tuple[str, int]]:
    """Every call by its written name, with its line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def _banned(module: Module, pattern: re.Pattern[str]) -> list[str]:
    return [f"{name} in line {line}" for name, line in _calls(module) if pattern.fullmatch(name)]


@pytest.mark.parametrize("module", [m for m in SOURCES if m.path not in CLOCKS], ids=lambda module: module.path)
def test_only_the_clocks_read_a_clock(module: Module) -> None:
    """Time enters as an argument or on the event, so that the same code runs in virtual time."""
    assert _banned(module, _CLOCK_CALL) == []


@each_source
def test_randomness_is_passed_in(module: Module) -> None:
    """A seeded generator may be made; the shared one of the module is never used."""
    assert _banned(module, _RANDOM_CALL) == []


@pytest.mark.parametrize(
    "module", [m for m in SOURCES if m.package in ("fsm", "guards", "signals")], ids=lambda module: module.path
)
def test_nothing_sleeps(module: Module) -> None:
    """Waiting is by wake-up, never for a fixed time; who has to wait is handed a sleep."""
    assert _banned(module, re.compile(r"(time\.|asyncio\.)?sleep")) == []
    assert "time.sleep" not in set(_imported(module))


@pytest.mark.parametrize("module", [m for m in SOURCES if m.path != "run.py"], ids=lambda module: module.path)
def test_only_the_root_reads_the_environment(module: Module) -> None:
    """Settings are validated once, at the start."""
    names = {ast.unparse(node) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    assert names & {"os.environ", "os.environb", "os.getenv"} == set()
    assert set(_imported(module)) & {"os.environ", "os.getenv"} == set()


@pytest.mark.parametrize(
    "module", [m for m in SOURCES if m.package in ("fsm", "guards", "exchange", "signals")], ids=lambda m: m.path
)
def test_no_float_touches_money(module: Module) -> None:
    """Prices and quantities are decimals from the wire to the wire; only seconds may become floats."""
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "float"]
    assert [ast.unparse(call) for call in calls if not ast.unparse(call).endswith("_s)")] == []


@pytest.mark.parametrize(
    "module", [m for m in SOURCES if m.path != "run.py" and "/shown/" not in m.path], ids=lambda module: module.path
)
def test_nothing_prints(module: Module) -> None:
    """The log speaks, or the command line."""
    assert _banned(module, re.compile("print")) == []


CATCHES_ALL = {"guards/invariants/monitor.py"}
"""A detector that fails is told as a finding, and must not keep the others from looking."""


@pytest.mark.parametrize("module", [m for m in SOURCES if m.path not in CATCHES_ALL], ids=lambda module: module.path)
def test_nothing_is_swallowed(module: Module) -> None:
    """A handler names what it expects; catching everything would hide what nobody thought of."""
    broad = [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert broad == []


# --- names
VAGUE = re.compile(
    r"(^|_)(utils?|helpers?|managers?|common|misc|data|info|process|handle|smart|magic|robust|watchdog|failsafe|"
    r"emergency|mock|v2|legacy)(_|$)"
)
FIXED_WORDS = re.compile(r"data_dir|user_data|in_process|^(cross|isolated)_data$|^info$")
"""Words that others chose: an environment name, names of the venue, a place to run in, a log level."""


def _names(module: Module) -> Iterator[str]:
    """Names that we chose: of the file, classes, functions, arguments and variables."""
    yield Path(module.path).stem
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", node.name)
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@each_source
def test_names_say_something(module: Module) -> None:
    """A name that fits everything tells nothing."""
    chosen = {FIXED_WORDS.sub("", name.lower()) for name in _names(module)}
    assert {name for name in chosen if VAGUE.search(name)} == set()


@each_source
def test_every_module_says_what_it_is(module: Module) -> None:
    """Its docstring is one sentence at least."""
    assert ast.get_docstring(module.tree)


# --- the rules themselves
LONG = "def long() -> None:\n" + "    pass\n" * 46
DEEP = "def deep() -> None:\n" + "".join("    " * n + "if True:\n" for n in range(1, 6)) + "    " * 6 + "pass\n"
BAD: tuple[tuple[Callable[[Module], None], str], ...] = (
    (test_imports_go_downwards_only, "from run import main\n"),
    (test_imports_go_downwards_only, "from exchange.paper import server\n"),
    (test_no_file_is_too_long, "\n" * 351),
    (test_no_function_is_too_long, LONG),
    (test_nesting_is_shallow, DEEP),
    (test_only_the_clocks_read_a_clock, "import time\nNOW = time.time()\n"),
    (test_only_the_clocks_read_a_clock, "from datetime import datetime\nNOW = datetime.now()\n"),
    (test_randomness_is_passed_in, "import random\nCHANCE = random.random()\n"),
    (test_nothing_sleeps, "import time\ntime.sleep(1)\n"),
    (test_nothing_sleeps, "from time import sleep as wait\nwait(1)\n"),
    (test_only_the_root_reads_the_environment, "import os\nMODE = os.environ['MODE']\n"),
    (test_no_float_touches_money, "PRICE = float('1')\n"),
    (test_nothing_prints, "print(1)\n"),
    (test_nothing_is_swallowed, "try:\n    pass\nexcept Exception:\n    pass\n"),
    (test_names_say_something, "class OrderManager:\n    pass\n"),
    (test_names_say_something, "def process_order() -> None:\n    pass\n"),
    (test_every_module_says_what_it_is, "X = 1\n"),
)


@pytest.mark.parametrize(("rule", "text"), BAD, ids=lambda part: getattr(part, "__name__", None))
def test_each_rule_can_fail(rule: Callable[[Module], None], text: str) -> None:
    """A rule that finds nothing wrong in a wrong module guards nothing."""
    with pytest.raises(AssertionError):
        rule(Module("fsm/wrong.py", text, ast.parse(text)))
