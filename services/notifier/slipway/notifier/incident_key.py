"""Identity of an incident (pure): its cause, its subject, and the stream that follows from both.

`incidents` creates the streams, and `notifications` reads them.
"""

import base64
import hashlib
from typing import NamedTuple

from slipway.contracts.ids import stream_of
from slipway.contracts.incidents import IncidentCause

CATEGORY = "incident"


class IncidentKey(NamedTuple):
    cause: IncidentCause
    subject: str

    def stream(self) -> str:
        """Returns the stream of this incident, which is the same for each of its occurrences."""
        return stream_of(CATEGORY, self._digest())

    def incident_id(self, occurrence: int) -> str:
        return f"{self._digest()}.{occurrence}"

    def _digest(self) -> str:
        digest = hashlib.sha256(f"{self.cause.value}\n{self.subject}".encode()).digest()[:10]
        return base64.b32encode(digest).decode().lower()


def stream_of_incident(incident_id: str) -> str:
    return stream_of(CATEGORY, incident_id.partition(".")[0])
