"""Identity of an incident: the cause, the subject, and the stream that both lead to (pure).

`incidents` opens the streams, and `notifications` reads them.
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
        """Return the stream that is the same for every occurrence of this incident."""
        return stream_of(CATEGORY, self._digest())

    def incident_id(self, occurrence: int) -> str:
        return f"{self._digest()}.{occurrence}"

    def _digest(self) -> str:
        digest = hashlib.sha256(f"{self.cause.value}\n{self.subject}".encode()).digest()[:10]
        return base64.b32encode(digest).decode().lower()


def stream_of_incident(incident_id: str) -> str:
    return stream_of(CATEGORY, incident_id.partition(".")[0])
