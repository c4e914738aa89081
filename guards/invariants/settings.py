"""The invariants' settings, in seconds."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[int, Field(ge=1, le=86_400)]


class InvariantSettings(BaseModel):
    """How often it is looked, how long a fault may last, how often it is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    every_s: Seconds = Field(20, alias="INVAR_EVERY_SEC", description="Time between two looks at the invariants")
    throttle_s: Seconds = Field(
        600, alias="INVAR_THROTTLE_SEC", description="A fault of one severity is told at most this often"
    )
    grace_s: Seconds = Field(
        15, alias="INVAR_GRACE_SEC", description="A fault younger than this is a WARN, an older one an ERROR"
    )
    feed_stale_s: Seconds = Field(
        180, alias="INVAR_FEED_STALE_SEC", description="While trailing by bars, the newest bar may be this old"
    )
    debt_grace_s: Seconds = Field(
        300, alias="I13_GRACE_SEC", description="After a close, the venue is asked for debt of ours after this"
    )
    debt_escalate_s: Seconds = Field(
        180, alias="I13_ESCALATE_SEC", description="A debt that stays for this long after that is an ERROR"
    )
    debt_halts: bool = Field(
        False, alias="I13_KILL_ON_DEBT", description="An ERROR about a debt after a close halts new entries"
    )
