"""Checks whether an operation may be sent, and withholds it if not.

`worker` calls it before every attempt.
"""

from datetime import timedelta

from slipway.contracts.vps import OperationKind, WithheldReason
from slipway.provisioner.accounts.prober import AccountProber
from slipway.provisioner.providers.driver import Refused
from slipway.provisioner.providers.registry import ProviderRegistry
from slipway.provisioner.safety.admission import Admission, Denial
from slipway.provisioner.vps.operation.withholding import WithholdOperation
from slipway.provisioner.worker.step import Step

_ASK_LATER = timedelta(seconds=3)


class AdmissionCheck:
    def __init__(
        self, providers: ProviderRegistry, admission: Admission, prober: AccountProber
    ) -> None:
        self._providers = providers
        self._admission = admission
        self._prober = prober

    async def admits(
        self, step: Step, kind: OperationKind, operation_id: str, *, takes_permit: bool = True
    ) -> bool:
        """Returns whether the operation may be sent. If not, the step is postponed.

        Use `takes_permit=False` before GHL is asked for a confirmation. The permit is then consumed
        later, when the call itself may be sent.
        """
        if not takes_permit:
            denial = await self._admission.preview(step.state, kind, step.now)
        else:
            denial = await self._admission.check_location_and_account(
                step.state, kind, step.now, step.meta()
            )
        if denial is None and takes_permit:
            try:
                wait = self._providers.driver_of(step.spec).acquire_tokens()
            except Refused as problem:
                await self._prober.report_fault(step.account_id, problem.fault, step.meta())
                denial = Denial(WithheldReason.ACCOUNT_PAUSED, step.now + _ASK_LATER)
            else:
                if wait > 0:
                    await self._prober.report_throttle(step.account_id, step.meta())
                    await step.postpone(wait)  # mostly only for seconds, so no event is recorded
                    return False
                denial = await self._admission.take_permit(
                    step.state, kind, operation_id, step.now, step.meta()
                )
        if denial is not None:
            await self._withhold(step, kind, denial)
        return denial is None

    async def _withhold(self, step: Step, kind: OperationKind, denial: Denial) -> None:
        if denial.reason is WithheldReason.ACCOUNT_PAUSED:
            await self._prober.request_sentinel(step.account_id, step.meta())
        command = WithholdOperation(step.now, kind, denial.reason, denial.until)
        if await step.append(command) is step.stream:
            await step.postpone_until(denial.until)
