"""Decides which operations need GHL's confirmation, and whether it is valid now (pure, H3, H33).

An operation that takes something from a customer is sent only on an answer of GHL that was
requested less than two minutes ago. Each answer counts for one attempt only.
"""

from datetime import datetime, timedelta

from slipway.contracts.vps import OperationKind
from slipway.provisioner.vps.operation.next_operation import makes_server
from slipway.provisioner.vps.state import Vps

CONFIRMATION_VALID = timedelta(minutes=2)
"""GHL's answer counts only if it was requested this recently."""


def needs_confirmation(state: Vps, kind: OperationKind) -> bool:
    """Returns whether GHL is asked before the next call of this operation.

    An admin overrides a deletion by typing the server's name. The deletion of a new server that
    never worked takes nothing from a customer.
    """
    match kind:
        case OperationKind.SUSPEND:
            return True
        case OperationKind.DELETE:
            return state.deletion_request is None or not state.deletion_request.overridden
        case OperationKind.CREATE:
            return _is_re_creation(state)
        case OperationKind.RESUME:
            return False


def _is_re_creation(state: Vps) -> bool:
    """Returns whether the next call creates a server after the customer may have had one before."""
    operation, discarded = state.operation, state.discarded_servers
    if operation is None:
        return state.generation > discarded
    creates = makes_server(state, OperationKind.CREATE) and not operation.discarding
    return creates and operation.generation - 1 > discarded


def is_confirmed(state: Vps, now: datetime) -> bool:
    """Returns whether the next attempt of the operation may be sent."""
    operation = state.operation
    if operation is None or not needs_confirmation(state, operation.kind):
        return True
    given = operation.confirmation
    return given is not None and (given.by_admin or now - given.requested_at < CONFIRMATION_VALID)
