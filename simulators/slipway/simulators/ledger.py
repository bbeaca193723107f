r"""Compares all servers that ever existed with the billing periods of GHL, and finds errors.

Pure; it reads no data of Slipway. A server belongs to the VPS that its label `slipway-vps` names.
The label is the lowercase unpadded base32 of the first 80 bits of
sha256("<installation>\n<subscription>-<n>"), where n is the number of the VPS in its subscription.
A server without the label of this installation is not judged. `judge` defines each verdict.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from slipway.simulators.cloud.entities import Origin
from slipway.simulators.cloud.lifetimes import ServerLifetime
from slipway.simulators.ghl.records.billing_periods import BillingPeriod

_NONE = timedelta()


@dataclass(frozen=True)
class Finding:
    vps: str
    """`<subscription>-<n>`, or the server's name if no subscription matches it."""
    customer: str
    why: str
    servers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Judgement:
    lost: tuple[Finding, ...]
    doubled: tuple[Finding, ...]
    wrongly_destroyed: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrongly_destroyed)


@dataclass(frozen=True)
class Terms:
    """The delays that the ledger allows. A demo shortens them."""

    installation: str
    sla: timedelta = timedelta(minutes=10)
    """The longest time from entitlement to running server, and from its end to the deletion."""
    confirmation_age: timedelta = timedelta(minutes=2)
    """The maximum age of the GHL answer on which a deletion or suspension relies."""
    holds: Mapping[str, timedelta] = field(default_factory=dict)
    """The time after the SLA, by plan, for which a cancelled customer's server may exist."""
    test_plans: frozenset[str] = frozenset()
    """Plans that test-mode subscriptions receive as well."""
    at_once_plans: frozenset[str] = frozenset()
    """Plans whose servers end with the cancellation, although the customer has paid for longer."""


@dataclass(frozen=True)
class _VpsRecord:
    """One VPS: the billing periods of its subscription, oldest first, and its servers."""

    vps: str
    ordinal: int
    billed: tuple[BillingPeriod, ...]
    servers: tuple[ServerLifetime, ...]

    def finding(self, why: str, *servers: ServerLifetime) -> Finding:
        return Finding(self.vps, self.billed[-1].customer, why, tuple(one.id for one in servers))


def judge(
    billed: Sequence[BillingPeriod],
    servers: Sequence[ServerLifetime],
    *,
    now: datetime,
    terms: Terms,
) -> Judgement:
    """Returns all violations: those that exist at `now`, and those that happened earlier.

    lost: a subscription has been paying for a VPS for longer than the SLA without a break, and none
    of its servers runs. `why` names the cause.

    doubled: two servers of one VPS existed at the same time. A server exists from its creation to
    the delete request. A server is also doubled if its subscription ended longer ago than the SLA
    and the plan's hold, or if no subscription was ever billed for it.

    wrongly_destroyed: a server that had been ready was deleted over the API although its
    subscription had not ended, or was powered off although its subscription was paying.

    Some actions are not wrong. These are an action at the console, the deletion of a duplicate
    while another server of the VPS ran, and an action on a VPS whose number is above the paid
    quantity. An action is not wrong either if its reason was valid at some time within
    `confirmation_age` before the action. So a customer who pays again within that time may lose the
    server.
    """
    billed = [
        replace(one, is_paid_for=False) if one.plan in terms.at_once_plans else one
        for one in billed
    ]
    ours = [one for one in servers if one.labels.get("slipway-installation") == terms.installation]
    records = list(_records(billed, ours, terms))
    known = {one.id for vps in records for one in vps.servers}
    strangers = [one for one in ours if one.id not in known]
    return Judgement(
        lost=tuple(found for one in records for found in _lost(one, now, terms)),
        doubled=(
            *(found for one in records for found in _duplicates(one)),
            *(found for one in records for found in _left_behind(one, now, terms)),
            *(
                Finding(one.name, "", "no subscription was billed for it", (one.id,))
                for one in strangers
            ),
        ),
        wrongly_destroyed=tuple(found for one in records for found in _destroyed(one, terms)),
    )


def vps_label(installation: str, vps: str) -> str:
    """Returns the VPS's label.

    It is computed from the published rule, without Slipway's own code.
    """
    digest = hashlib.sha256(f"{installation}\n{vps}".encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower().rstrip("=")


def _records(
    billed: Sequence[BillingPeriod], servers: Sequence[ServerLifetime], terms: Terms
) -> Iterator[_VpsRecord]:
    """Yields one record for each VPS that was ever billed."""
    by_label: dict[str, list[ServerLifetime]] = defaultdict(list)
    for server in servers:
        by_label[server.labels.get("slipway-vps", "")].append(server)
    by_subscription: dict[str, list[BillingPeriod]] = defaultdict(list)
    for one in sorted(billed, key=lambda one: one.since):
        by_subscription[one.subscription].append(one)
    for subscription, intervals in by_subscription.items():
        most = max((one.quantity for one in intervals if _gives_vps(one, terms)), default=0)
        for ordinal in range(1, most + 1):
            vps = f"{subscription}-{ordinal}"
            lives = tuple(by_label.get(vps_label(terms.installation, vps), ()))
            yield _VpsRecord(vps, ordinal, tuple(intervals), lives)


def _lost(vps: _VpsRecord, now: datetime, terms: Terms) -> Iterator[Finding]:
    since = _wanted_since(vps, now, terms)
    if since is None or now - since <= terms.sla:
        return
    if any(one.runs_at(now) for one in vps.servers):
        return
    alive = [one for one in vps.servers if one.exists_at(now)]
    if not vps.servers:
        why = "never had a server"
    elif alive:
        why = "its server is off" if alive[-1].ready_at else "its server never became ready"
    else:
        by = vps.servers[-1].deleted_by
        why = "deleted at the console" if by is Origin.CONSOLE else "deleted over the API"
    yield vps.finding(why, *alive)


def _wanted_since(vps: _VpsRecord, now: datetime, terms: Terms) -> datetime | None:
    """Returns since when the subscription has paid for the VPS without a break.

    Returns None if the subscription does not pay for the VPS at `now`.
    """
    since: datetime | None = None
    for one in vps.billed:
        if one.since > now:
            break
        wanted = one.is_paying and _covers(one, vps, terms)
        since = (since or one.since) if wanted else None
    return since


def _duplicates(vps: _VpsRecord) -> Iterator[Finding]:
    """Yields a finding for each server that was created while an earlier one existed."""
    ordered = sorted(vps.servers, key=lambda one: (one.created_at, one.id))
    for place, later in enumerate(ordered):
        duplicates = [one for one in ordered[:place] if one.exists_at(later.created_at)]
        if duplicates:
            yield vps.finding("two servers at once", *duplicates, later)


def _left_behind(vps: _VpsRecord, now: datetime, terms: Terms) -> Iterator[Finding]:
    ended = _ended_since(vps, now)
    if ended is None:
        return
    plan = next((one.plan for one in reversed(vps.billed) if one.plan), None)
    allowed = terms.sla + terms.holds.get(plan or "", _NONE)
    alive = [one for one in vps.servers if one.exists_at(now)]
    if alive and now - ended > allowed:
        yield vps.finding("left behind after the end", *alive)


def _ended_since(vps: _VpsRecord, now: datetime) -> datetime | None:
    since: datetime | None = None
    for one in vps.billed:
        if one.since > now:
            break
        since = (since or one.since) if one.has_ended else None
    return since


def _destroyed(vps: _VpsRecord, terms: Terms) -> Iterator[Finding]:
    for server in vps.servers:
        asked = server.delete_asked_at
        was_ready = server.ready_at is not None
        if asked and was_ready and server.deleted_by is not Origin.CONSOLE:
            reasons = _during(vps, asked - terms.confirmation_age, asked)
            may = any(one.has_ended or not _covers(one, vps, terms) for one in reasons)
            if not may and not _another_runs(vps, server, asked):
                yield vps.finding("deleted though not ended", server)
        for switched in server.power:
            if switched.on or switched.by is Origin.CONSOLE:
                continue
            reasons = _during(vps, switched.at - terms.confirmation_age, switched.at)
            must = bool(reasons) and all(
                one.is_paying and _covers(one, vps, terms) for one in reasons
            )
            if must and not _another_runs(vps, server, switched.at):
                yield vps.finding("powered off though paying", server)


def _another_runs(vps: _VpsRecord, server: ServerLifetime, at: datetime) -> bool:
    return any(one.runs_at(at) for one in vps.servers if one.id != server.id)


def _during(vps: _VpsRecord, start: datetime, end: datetime) -> list[BillingPeriod]:
    """Returns the billing periods that overlap the time from start to end."""
    return [
        one for one in vps.billed if one.since <= end and (one.until is None or one.until >= start)
    ]


def _covers(one: BillingPeriod, vps: _VpsRecord, terms: Terms) -> bool:
    return _gives_vps(one, terms) and one.quantity >= vps.ordinal


def _gives_vps(one: BillingPeriod, terms: Terms) -> bool:
    return one.plan is not None and (one.live or one.plan in terms.test_plans)
