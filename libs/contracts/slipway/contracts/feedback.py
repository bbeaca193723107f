"""Topic `feedback`: how satisfied the agency's admins are with Slipway."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from slipway.contracts.envelope import Event


class SatisfactionVoted(Event):
    """An admin's vote. Only the latest vote of each admin counts."""

    TYPE = "slipway.feedback.satisfaction-voted.v1"

    admin: str
    score: Annotated[int, Field(ge=1, le=5)]
    comment: str = ""
    voted_at: AwareDatetime
