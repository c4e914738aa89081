"""Which world is wished for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """A seed's world; or a script's; with `stops` on a calm day, but for a stop at each of these places."""

    seed: int
    steps: int
    script: str | None = None
    stops: tuple[int, ...] = ()
    power: bool = False
    """The stops are losses of power."""

    @property
    def again(self) -> str:
        """How to see it again."""
        which = f"--script {self.script}" if self.script is not None else f"--seed {self.seed} --steps {self.steps}"
        stops = "".join(f" --stop-at {place}" for place in self.stops)
        return f"python run.py simulate {which}{stops}{' --power' if self.power else ''} --trace"
