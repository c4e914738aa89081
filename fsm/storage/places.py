"""Where files live, all under DATA_DIR unless told otherwise."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Places(BaseModel):
    """The files of one executor."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    data_dir: Path = Field(Path("data"), alias="DATA_DIR", description="Everything the executor writes lives here")
    state_fn: Path | None = Field(
        None, alias="STATE_FN", description="The state file (default: state/executor_state.json in DATA_DIR)"
    )

    @property
    def state(self) -> Path:
        return self.state_fn or self.data_dir / "state" / "executor_state.json"

    @property
    def newest_generation(self) -> Path:
        """The witness of the state file, not beside it: who restores the one does not restore the other by accident."""
        return self.journal / f"{self.state.name}.newest"

    @property
    def invariants(self) -> Path:
        return self.state.with_name("invariants_state.json")

    @property
    def last_seen(self) -> Path:
        return self.state.with_name("last_seen.json")

    @property
    def commands(self) -> Path:
        """The operator's switches."""
        return self.state.parent / "commands"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def journal(self) -> Path:
        return self.data_dir / "journal"

    @property
    def verdicts(self) -> Path:
        return self.logs / "signals.jsonl"

    @property
    def trades(self) -> Path:
        return self.data_dir / "reports" / "trades.jsonl"
