"""The rules of the code's layout: imports by layer, lengths, nesting, banned calls, names.

A rule looks at one module and names what breaks it. Each is seen to fail on a wrong module.
"""

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

Rule = Callable[[Module], list[str]]


# --- which packages are imported
ALLOWED: dict[str, set[str]] = {
    "run.py": {"exchange", "exchange.paper", "fsm", "guards", "signals"},
    "fsm": {"exchange", "fsm", "guards", "signals"},
    "guards": {"exchange", "guards", "signals"},
    "signals": {"signals"},
    "exchange": {"exchange"},
    "exchange.paper": {"exchange.paper"},
}
"""Who may import whom."""

BORDERS = {
    "ccxt": "exchange",
    "transitions": "fsm",
    "pygraphviz": "fsm",
    "tenacity": "exchange fsm",
    "typer": "fsm run.py",
}
"""Libraries that only these packages know."""


def imports_go_downwards(module: Module) -> list[str]:
    """A package imports itself and the layers below; the simulated exchange imports nothing of ours but itself."""
    ours = {package for package in map(_package_of, _imported(module)) if package is not None}
    return sorted(ours - ALLOWED[module.package])


def libraries_stay_behind_their_borders(module: Module) -> list[str]:
    """The simulated exchange above all shares no library of the venue with its client."""
    known = {name.split(".", maxsplit=1)[0] for name in _imported(module)} & set(BORDERS)
    return sorted(library for library in known if module.package not in BORDERS[library].split())


def _imported(module: Module) -> Iterator[str]:
    """Names of what is imported, from the top."""
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


# --- how long and how deep it is
LISTS = {"fsm/assembly.py:assemble"}
"""Functions that only name what is put together: a list that long is read as one."""
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files_are_short(module: Module) -> list[str]:
    """What does not fit into 350 lines is two things."""
    lines = len(module.text.splitlines())
    return [f"{lines} lines"] if lines > LONGEST_FILE else []


def functions_are_short(module: Module) -> list[str]:
    """A function can be seen at a glance; a test may hold a documented reply."""
    longest = LONGEST_TEST if module.package == "tests" else LONGEST_FUNCTION
    long = {node.name: _length(node) for node in _functions(module) if _length(node) > longest}
    return [f"{name}: {length} lines" for name, length in long.items() if f"{module.path}:{name}" not in LISTS]


def nesting_is_shallow(module: Module) -> list[str]:
    """Deeper blocks want a function of their own."""
    return [f"{node.name}: {_depth(node)} deep" for node in _functions(module) if _depth(node) > DEEPEST_NESTING]


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


# --- what is called
_CLOCK = re.compile(
    r"time\.(time|monotonic|perf_counter|clock_gettime)(_ns)?|datetime\.(datetime\.)?(now|utcnow|today)|date\.today"
)
_CHANCE = re.compile(r"random\.(?!Random$)\w+|secrets\.\w+|uuid\.uuid[14]|os\.urandom")
_SLEEP = re.compile(r"(time\.|asyncio\.)?sleep")


def no_clock_is_read(module: Module) -> list[str]:
    """Time enters as an argument or on the event, so that the same code runs in virtual time."""
    return _calls_of(module, _CLOCK)


def randomness_is_passed_in(module: Module) -> list[str]:
    """A seeded generator may be made; the shared one of the module is never used."""
    return _calls_of(module, _CHANCE)


def nothing_sleeps(module: Module) -> list[str]:
    """Waiting is by wake-up, never for a fixed time; who has to wait is handed a sleep."""
    return [*_calls_of(module, _SLEEP), *({"time.sleep", "asyncio.sleep"} & set(_imported(module)))]


def the_environment_is_not_read(module: Module) -> list[str]:
    """Settings are validated once, at the start."""
    readers = {"os.environ", "os.environb", "os.getenv"}
    used = {ast.unparse(node) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    return sorted(readers & (used | set(_imported(module))))


def no_float_touches_money(module: Module) -> list[str]:
    """Prices and quantities are decimals from the wire to the wire; only seconds may become floats."""
    return [call for call in _calls_of(module, re.compile("float")) if not call.endswith("_s)")]


def nothing_prints(module: Module) -> list[str]:
    """The log speaks, or the command line."""
    return _calls_of(module, re.compile("print"))


def _calls_of(module: Module, pattern: re.Pattern[str]) -> list[str]:
    calls = (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))
    return [ast.unparse(call) for call in calls if pattern.fullmatch(ast.unparse(call.func))]


def nothing_is_swallowed(module: Module) -> list[str]:
    """A handler names what it expects; catching everything would hide what nobody thought of."""
    handlers = (node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler))
    return [f"line {handler.lineno}" for handler in handlers if _is_broad(handler) and not _raises(handler)]


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))


# --- how it is named
_VAGUE = re.compile(
    r"(^|_)(utils?|helpers?|managers?|common|misc|data|info|process|handle|smart|magic|robust|watchdog|failsafe|"
    r"emergency|mock|v2|legacy)(_|$)"
)
_FIXED = re.compile(r"data_dir|user_data|in_process|^handle_errors$|^(cross|isolated)_data$|^info$")
"""Words that others chose: an environment name, names of the venue and of ccxt, a place to run in, a log level."""


def names_say_something(module: Module) -> list[str]:
    """A name that fits everything tells nothing."""
    return sorted(name for name in set(_names(module)) if _VAGUE.search(_FIXED.sub("", name.lower())))


def modules_say_what_they_are(module: Module) -> list[str]:
    """The docstring is one sentence at least."""
    return [] if ast.get_docstring(module.tree) or not module.text.strip() else ["no docstring"]


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


# --- where each rule holds
CLOCKS = {"exchange/clock.py", "exchange/paper/clock.py"}
CATCHES_ALL = {"guards/invariants/monitor.py", "fsm/simulation/world.py"}
"""A detector that fails is told as a finding, and must not keep the others from looking; nor must a simulated world."""


def _in(*packages: str, but: set[str] | None = None) -> list[Module]:
    return [module for module in SOURCES if module.package in packages and module.path not in (but or set())]


EVERYWHERE = ("exchange", "exchange.paper", "fsm", "guards", "signals", "run.py")
RULES: tuple[tuple[Rule, list[Module]], ...] = (
    (imports_go_downwards, SOURCES),
    (libraries_stay_behind_their_borders, SOURCES),
    (files_are_short, SOURCES),
    (functions_are_short, [*SOURCES, *TESTS]),
    (nesting_is_shallow, [*SOURCES, *TESTS]),
    (no_clock_is_read, _in(*EVERYWHERE, but=CLOCKS)),
    (randomness_is_passed_in, SOURCES),
    (nothing_sleeps, _in("fsm", "guards", "signals")),
    (the_environment_is_not_read, _in(*EVERYWHERE, but={"run.py"})),
    (no_float_touches_money, _in("exchange", "fsm", "guards", "signals")),
    (nothing_prints, _in(*EVERYWHERE, but={"run.py"})),
    (nothing_is_swallowed, _in(*EVERYWHERE, but=CATCHES_ALL)),
    (names_say_something, SOURCES),
    (modules_say_what_they_are, SOURCES),
)


@pytest.mark.parametrize(("rule", "modules"), RULES, ids=lambda part: getattr(part, "__name__", ""))
def test_the_rule_holds(rule: Rule, modules: list[Module]) -> None:
    """Every module that the rule is for keeps it."""
    broken = {module.path: found for module in modules if (found := rule(module))}
    assert broken == {}, rule.__doc__


def test_the_sources_are_found() -> None:
    """Every package is looked at, and so is the composition root."""
    assert {module.package for module in SOURCES} == set(EVERYWHERE)
    assert len(SOURCES) > 100
    assert all(modules for _, modules in RULES)


# --- that each rule can fail
LONG = "def long() -> None:\n" + "    pass\n" * 46
DEEP = "def deep() -> None:\n" + "".join("    " * n + "if True:\n" for n in range(1, 6)) + "    " * 6 + "pass\n"
WRONG: tuple[tuple[Rule, str], ...] = (
    (imports_go_downwards, "from run import main\n"),
    (imports_go_downwards, "from exchange.paper import server\n"),
    (libraries_stay_behind_their_borders, "import ccxt\n"),
    (files_are_short, "\n" * 351),
    (functions_are_short, LONG),
    (nesting_is_shallow, DEEP),
    (no_clock_is_read, "import time\nNOW = time.time()\n"),
    (no_clock_is_read, "from datetime import datetime\nNOW = datetime.now()\n"),
    (randomness_is_passed_in, "import random\nCHANCE = random.random()\n"),
    (nothing_sleeps, "import time\ntime.sleep(1)\n"),
    (nothing_sleeps, "from time import sleep as wait\nwait(1)\n"),
    (the_environment_is_not_read, "import os\nMODE = os.environ['MODE']\n"),
    (the_environment_is_not_read, "from os import getenv\n"),
    (no_float_touches_money, "PRICE = float('1')\n"),
    (nothing_prints, "print(1)\n"),
    (nothing_is_swallowed, "try:\n    pass\nexcept Exception:\n    pass\n"),
    (names_say_something, "class OrderManager:\n    pass\n"),
    (names_say_something, "def process_order() -> None:\n    pass\n"),
    (modules_say_what_they_are, "X = 1\n"),
)


@pytest.mark.parametrize(("rule", "text"), WRONG, ids=lambda part: getattr(part, "__name__", ""))
def test_the_rule_can_fail(rule: Rule, text: str) -> None:
    """A rule that finds nothing wrong in a wrong module guards nothing."""
    assert rule(Module("fsm/wrong.py", text, ast.parse(text)))


def test_every_rule_is_seen_to_fail() -> None:
    """No rule is without its wrong module."""
    assert {rule for rule, _ in RULES} == {rule for rule, _ in WRONG}
