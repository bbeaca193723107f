r"""The judge: what GHL billed against the servers that existed. Pure; reads no data of Slipway's.

A server belongs to the VPS whose label it carries: `slipway-vps` = lowercase unpadded base32 of the
first 80 bits of sha256("<installation>\n<subscription>-<n>"). Servers without our installation's
label are a stranger's and not judged. `judge` says what each verdict means.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slipway.simulators.cloud.entities import Origin
from slipway.simulators.cloud.lifetimes import ServerLifetime
from slipway.simulators.ghl.records.billing_periods import BillingPeriod

_NONE = timedelta()


@dataclass(frozen=True)
class Finding:
    vps: str
    """`<subscription>-<n>`, or the server's name if nobody is billed for it."""
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
    """What is allowed. A demo's day is short, so its terms are, too."""

    installation: str
    promise: timedelta = timedelta(minutes=10)
    """From entitled to running, and from ended to gone."""
    second_key: timedelta = timedelta(minutes=2)
    """How old an answer of GHL may be that a deletion or suspension rests on."""
    holds: Mapping[str, timedelta] = field(default_factory=dict)
    """How long a plan keeps a cancelled customer's server on top of the promise."""
    test_plans: frozenset[str] = frozenset()
    """Plans that test-mode subscriptions get, too."""


@dataclass(frozen=True)
class _Story:
    """One VPS: its subscription's intervals in order of time, and its servers' lives."""

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
    """What stands at `now`, and what happened at any time before it.

    lost: GHL has billed a paying subscription for a VPS without a break for longer than the
    promise, and none of its servers runs. Whoever took it away: `why` says which.
    doubled: two servers of one VPS were alive at once (created, not yet asked to go) at any time;
    or one is alive although its subscription ended longer ago than the promise and the plan's hold;
    or nobody was ever billed for it.
    wrongly_destroyed: a server that had been ready was deleted over the API though its subscription
    had not ended, or powered off though it was paying. Not counted: what the console did behind our
    back; a twin deleted while another of the same VPS ran; an ordinal above the quantity; and a
    state that was true within `second_key` before the call, since no call can be younger than its
    reason. A restored payment within that time is the customer's race, not a destruction.
    """
    ours = [one for one in servers if one.labels.get("slipway-installation") == terms.installation]
    stories = list(_stories(billed, ours, terms))
    known = {one.id for story in stories for one in story.servers}
    strangers = [one for one in ours if one.id not in known]
    return Judgement(
        lost=tuple(found for one in stories for found in _lost(one, now, terms)),
        doubled=(
            *(found for one in stories for found in _twins(one)),
            *(found for one in stories for found in _left_behind(one, now, terms)),
            *(Finding(one.name, "", "nobody was billed for it", (one.id,)) for one in strangers),
        ),
        wrongly_destroyed=tuple(found for one in stories for found in _destroyed(one, terms)),
    )


def vps_label(installation: str, vps: str) -> str:
    """Computed from the published scheme, so that a mistake in Slipway's own shows."""
    digest = hashlib.sha256(f"{installation}\n{vps}".encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower().rstrip("=")


def _stories(
    billed: Sequence[BillingPeriod], servers: Sequence[ServerLifetime], terms: Terms
) -> Iterator[_Story]:
    """One for each VPS that was ever billed."""
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
            yield _Story(vps, ordinal, tuple(intervals), lives)


def _lost(story: _Story, now: datetime, terms: Terms) -> Iterator[Finding]:
    since = _wanted_since(story, now, terms)
    if since is None or now - since <= terms.promise:
        return
    if any(one.runs_at(now) for one in story.servers):
        return
    alive = [one for one in story.servers if one.exists_at(now)]
    if not story.servers:
        why = "never had a server"
    elif alive:
        why = "its server is off" if alive[-1].ready_at else "its server never became ready"
    else:
        by = story.servers[-1].deleted_by
        why = "deleted at the console" if by is Origin.CONSOLE else "deleted over the API"
    yield story.finding(why, *alive)


def _wanted_since(story: _Story, now: datetime, terms: Terms) -> datetime | None:
    """Since when, without a break up to now, it had to run."""
    since: datetime | None = None
    for one in story.billed:
        if one.since > now:
            break
        wanted = one.is_paying and _covers(one, story, terms)
        since = (since or one.since) if wanted else None
    return since


def _twins(story: _Story) -> Iterator[Finding]:
    """Two alive at once: at the moment the later one was created, an earlier one lived."""
    ordered = sorted(story.servers, key=lambda one: (one.created_at, one.id))
    for place, later in enumerate(ordered):
        twins = [one for one in ordered[:place] if one.exists_at(later.created_at)]
        if twins:
            yield story.finding("two servers at once", *twins, later)


def _left_behind(story: _Story, now: datetime, terms: Terms) -> Iterator[Finding]:
    ended = _ended_since(story, now)
    if ended is None:
        return
    plan = next((one.plan for one in reversed(story.billed) if one.plan), None)
    allowed = terms.promise + terms.holds.get(plan or "", _NONE)
    alive = [one for one in story.servers if one.exists_at(now)]
    if alive and now - ended > allowed:
        yield story.finding("left behind after the end", *alive)


def _ended_since(story: _Story, now: datetime) -> datetime | None:
    since: datetime | None = None
    for one in story.billed:
        if one.since > now:
            break
        since = (since or one.since) if one.has_ended else None
    return since


def _destroyed(story: _Story, terms: Terms) -> Iterator[Finding]:
    for server in story.servers:
        asked = server.delete_asked_at
        was_ready = server.ready_at is not None
        if asked and was_ready and server.deleted_by is not Origin.CONSOLE:
            reasons = _during(story, asked - terms.second_key, asked)
            may = any(one.has_ended or not _covers(one, story, terms) for one in reasons)
            if not may and not _another_runs(story, server, asked):
                yield story.finding("deleted though not ended", server)
        for switched in server.power:
            if switched.on or switched.by is Origin.CONSOLE:
                continue
            reasons = _during(story, switched.at - terms.second_key, switched.at)
            must = bool(reasons) and all(
                one.is_paying and _covers(one, story, terms) for one in reasons
            )
            if must and not _another_runs(story, server, switched.at):
                yield story.finding("powered off though paying", server)


def _another_runs(story: _Story, server: ServerLifetime, at: datetime) -> bool:
    return any(one.runs_at(at) for one in story.servers if one.id != server.id)


def _during(story: _Story, start: datetime, end: datetime) -> list[BillingPeriod]:
    """How the subscription stood at any moment from start to end."""
    return [
        one
        for one in story.billed
        if one.since <= end and (one.until is None or one.until >= start)
    ]


def _covers(one: BillingPeriod, story: _Story, terms: Terms) -> bool:
    return _gives_vps(one, terms) and one.quantity >= story.ordinal


def _gives_vps(one: BillingPeriod, terms: Terms) -> bool:
    return one.plan is not None and (one.live or one.plan in terms.test_plans)
