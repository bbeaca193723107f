"""Contract of every notification channel: a receipt or the right error, one attempt, no secrets."""

import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

import pytest
from slipway.notifier.notifications.port import (
    OutcomeUnknown,
    Refused,
    RenderedMessage,
    SendFailed,
    TryLater,
)

from tests.support.servers.slack_and_smtp import (
    SECRETS,
    FakeServer,
    fake_mail,
    fake_slack,
    mail_server_that_accepts_no_password,
    slack_that_closes_the_connection,
)

MESSAGE = RenderedMessage(
    subject="A paid VPS is not running [abc.1]",
    body="The provider refused it.\nCustomer: contact-ada\nPreis: 5 € für „klein“",
    urgent=True,
)


class OpenServer(Protocol):
    def __call__(self, timeout_seconds: float = ...) -> AbstractAsyncContextManager[FakeServer]: ...


SERVERS: dict[str, OpenServer] = {"slack": fake_slack, "email": fake_mail}


@pytest.fixture(params=SERVERS)
def open_server(request: pytest.FixtureRequest) -> OpenServer:
    return SERVERS[request.param]


@pytest.fixture
async def server(open_server: OpenServer) -> AsyncIterator[FakeServer]:
    async with open_server() as opened:
        yield opened


async def failure_of(server: FakeServer, answer: str) -> SendFailed:
    server.will(answer)
    with pytest.raises(SendFailed) as caught:
        await server.channel.send(MESSAGE)
    return caught.value


async def failure_of_a_server_that_hangs(open_server: OpenServer) -> tuple[SendFailed, int]:
    """Return the failure, and how often the channel asked the server.

    An attempt counts only if the server was asked before the time limit. On a busy machine the
    limit may be too short for that, so it doubles.
    """
    for doublings in range(9):
        async with open_server(0.2 * 2**doublings) as server:
            failure = await failure_of(server, "hang")
            if server.asked:
                return failure, server.asked
    raise AssertionError("the server was never asked")


async def test_an_accepted_message_arrives_completely_and_once(server: FakeServer) -> None:
    await server.channel.send(MESSAGE)
    [text] = server.texts()
    assert MESSAGE.subject in text
    assert MESSAGE.body in text.replace("\r\n", "\n")
    assert server.asked == 1


async def test_a_busy_channel_raises_try_later(server: FakeServer) -> None:
    assert isinstance(await failure_of(server, "be busy"), TryLater)
    assert (server.texts(), server.asked) == ([], 1)


async def test_a_permanent_refusal_raises_refused(server: FakeServer) -> None:
    assert isinstance(await failure_of(server, "refuse"), Refused)
    assert (server.texts(), server.asked) == ([], 1)


async def test_a_fault_of_the_server_is_no_permanent_refusal(server: FakeServer) -> None:
    assert isinstance(await failure_of(server, "fail"), TryLater | OutcomeUnknown)
    assert (server.texts(), server.asked) == ([], 1)


async def test_a_lost_reply_leaves_the_outcome_unknown(server: FakeServer) -> None:
    assert isinstance(await failure_of(server, "lose the reply"), OutcomeUnknown)
    assert (len(server.texts()), server.asked) == (1, 1)  # the channel does not retry


async def test_a_server_that_never_answers_leaves_the_outcome_unknown(
    open_server: OpenServer,
) -> None:
    failure, asked = await failure_of_a_server_that_hangs(open_server)
    assert isinstance(failure, OutcomeUnknown)
    assert asked == 1


async def test_without_a_server_it_raises_try_later(server: FakeServer) -> None:
    with pytest.raises(TryLater):
        await server.gone.send(MESSAGE)


async def test_a_channel_works_again_after_a_failure(server: FakeServer) -> None:
    await failure_of(server, "fail")
    server.will("take")
    await server.channel.send(MESSAGE)
    assert len(server.texts()) == 1


@pytest.mark.parametrize(
    "answer", ["take", "be busy", "refuse", "fail", "lose the reply", "hang", "be gone"]
)
async def test_no_error_and_no_log_contains_a_secret_or_the_message(
    open_server: OpenServer, server: FakeServer, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = ""
    try:
        if answer == "hang":
            raise (await failure_of_a_server_that_hangs(open_server))[0]
        server.will(answer)
        await (server.gone if answer == "be gone" else server.channel).send(MESSAGE)
    except SendFailed as error:
        # As a log with a traceback shows it, causes included.
        shown = "".join(traceback.format_exception(error))
    # The logs of aiosmtpd are the server's, not the channel's.
    ours = [record for record in caplog.records if not record.name.startswith("mail.")]
    shown += "".join(record.getMessage() for record in ours)
    assert not [secret for secret in (*SECRETS, "contact-ada") if secret in shown]


class TestSlack:
    async def test_the_requested_wait_is_passed_on(self) -> None:
        async with fake_slack() as server:
            busy = await failure_of(server, "be busy")
        assert isinstance(busy, TryLater)
        assert busy.retry_after == timedelta(seconds=7)

    async def test_a_name_can_not_notify_the_whole_channel(self) -> None:
        async with fake_slack() as server:
            await server.channel.send(
                RenderedMessage("<!channel> & co", "see <https://evil.example|here>", urgent=True)
            )
            [text] = server.texts()
        assert text == (
            ":red_circle: *&lt;!channel&gt; &amp; co*\nsee &lt;https://evil.example|here&gt;"
        )

    async def test_a_closed_connection_is_not_retried(self) -> None:
        async with slack_that_closes_the_connection() as (slack, taken):
            with pytest.raises(OutcomeUnknown):
                await slack.send(MESSAGE)
        assert len(taken) == 1


class TestEmail:
    async def test_the_time_limit_counts_for_all_steps_together(self) -> None:
        # Each step stays within the limit, all steps together do not.
        async with fake_mail(timeout_seconds=0.4) as server:
            await failure_of(server, "dawdle")
            assert server.texts() == []

    async def test_a_mail_has_a_date_an_id_a_sender_and_a_recipient(self) -> None:
        async with fake_mail() as server:
            await server.channel.send(MESSAGE)
            [mail] = server.inbox.messages
            raw = server.inbox.raw
        assert (mail.sender, mail.recipients) == ("slipway@x.example", ("admin@x.example",))
        assert b"\r\nDate: " in raw
        assert b"@x.example>\r\n" in raw.partition(b"\r\nMessage-ID: <")[2]

    async def test_a_wrong_password_raises_refused_and_is_not_shown(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="aiosmtplib")
        async with mail_server_that_accepts_no_password() as email:
            with pytest.raises(Refused) as caught:
                await email.send(MESSAGE)
        shown = "".join(traceback.format_exception(caught.value)) + caplog.text
        assert not [secret for secret in SECRETS if secret in shown]
