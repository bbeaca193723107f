"""Decides whether GHL's record confirms an operation of this kind (pure, H3, H33).

`decider` calls it with a record that was read for this request. Everything unclear is `unknown`.
The dates are not judged here: the entitlement carries them, and the provisioner applies it first,
so one clock judges them.
"""

from typing import assert_never

from slipway.contracts.subscriptions import CheckAnswer, Entitlement, Verdict
from slipway.contracts.vps import OperationKind
from slipway.ingest.ghl.status import StatusClass
from slipway.ingest.subscriptions.assessment import Assessment


def answer_for(kind: OperationKind, assessment: Assessment | None) -> CheckAnswer:
    """Returns the answer. Without an assessment it is `unknown`."""
    if assessment is None:
        return CheckAnswer.UNKNOWN
    match kind:
        case OperationKind.DELETE:
            return _deletion(assessment)
        case OperationKind.SUSPEND:
            return _switch(assessment, on=False)
        case OperationKind.CREATE | OperationKind.RESUME:
            return _switch(assessment, on=True)
        case _:
            assert_never(kind)


def _deletion(assessment: Assessment) -> CheckAnswer:
    """Returns `confirmed` only if the record shows the end (H3)."""
    match assessment.status:
        case StatusClass.ENDED if assessment.entitlement.verdict is Verdict.ABSENT:
            return CheckAnswer.CONFIRMED
        case StatusClass.TRIAL | StatusClass.ACTIVE | StatusClass.OVERDUE | StatusClass.STOPPED:
            return CheckAnswer.CONTRADICTED
        case _:
            return CheckAnswer.UNKNOWN


def _switch(assessment: Assessment, *, on: bool) -> CheckAnswer:
    entitlement = assessment.entitlement
    match entitlement.verdict:
        case Verdict.RUNNING if entitlement.quantity is not None:
            return CheckAnswer.CONFIRMED if on else CheckAnswer.CONTRADICTED
        case Verdict.ABSENT if on and _is_paid_for(entitlement):
            return CheckAnswer.CONFIRMED
        case Verdict.SUSPENDED | Verdict.ABSENT:
            return CheckAnswer.CONTRADICTED if on else CheckAnswer.CONFIRMED
        case _:
            return CheckAnswer.UNKNOWN


def _is_paid_for(entitlement: Entitlement) -> bool:
    """Returns whether a cancelled customer has paid for this time (H45)."""
    until = entitlement.suspend_at
    return until is not None and until > entitlement.decided_at
