"""Every channel: a receipt, or the error that says what to do; one try; no secrets shown."""

import logging
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from slipway.notifier.notifications.port import (
    OutcomeUnknown,
    Refused,
    RenderedMessage,
    SendFailed,
    TryLater,
)

from tests.support.servers.slack_and_smtp import (
    PATIENCE_SECONDS,
    SECRETS,
    FakeServer,
    fake_mail,
    fake_slack,
    mail_server_that_accepts_no_password,
    slack_that_closes_the_connection,
)

LETTER = RenderedMessage(
    subject="A paid VPS is not running [abc.1]",
    body="The provider refused it.\nCustomer: contact-ada\nPreis: 5 € für „klein“",
    urgent=True,
)

POSTS: dict[str, Callable[[], AbstractAsyncContextManager[FakeServer]]] = {
    "slack": fake_slack,
    "email": fake_mail,
}


@pytest.fixture(params=POSTS)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[FakeServer]:
    async with POSTS[request.param]() as opened:
        yield opened


async def refusal_of(server: FakeServer, answer: str) -> SendFailed:
    server.will(answer)
    with pytest.raises(SendFailed) as caught:
        await server.channel.send(LETTER)
    return caught.value


async def test_what_is_taken_arrives_whole_and_once(server: FakeServer) -> None:
    await server.channel.send(LETTER)
    [text] = server.texts()
    assert LETTER.subject in text
    assert LETTER.body in text.replace("\r\n", "\n")
    assert server.asked == 1


async def test_a_busy_channel_is_tried_later(server: FakeServer) -> None:
    assert isinstance(await refusal_of(server, "be busy"), TryLater)
    assert (server.texts(), server.asked) == ([], 1)


async def test_a_channel_that_refuses_for_good_says_so(server: FakeServer) -> None:
    assert isinstance(await refusal_of(server, "refuse"), Refused)
    assert (server.texts(), server.asked) == ([], 1)


async def test_a_fault_at_the_other_end_is_no_refusal_for_good(server: FakeServer) -> None:
    assert isinstance(await refusal_of(server, "fail"), TryLater | OutcomeUnknown)
    assert (server.texts(), server.asked) == ([], 1)


async def test_a_reply_that_is_lost_after_the_work_leaves_the_outcome_unknown(
    server: FakeServer,
) -> None:
    assert isinstance(await refusal_of(server, "lose the reply"), OutcomeUnknown)
    assert (len(server.texts()), server.asked) == (1, 1)  # and nobody tried a second time


async def test_a_channel_that_hangs_is_not_waited_for(server: FakeServer) -> None:
    began = time.monotonic()
    assert isinstance(await refusal_of(server, "hang"), OutcomeUnknown)
    assert time.monotonic() - began < PATIENCE_SECONDS * 3
    assert server.asked == 1


async def test_where_nobody_listens_nothing_was_taken(server: FakeServer) -> None:
    with pytest.raises(TryLater):
        await server.gone.send(LETTER)


async def test_after_a_failure_it_takes_messages_again(server: FakeServer) -> None:
    await refusal_of(server, "fail")
    server.will("take")
    await server.channel.send(LETTER)
    assert len(server.texts()) == 1


@pytest.mark.parametrize(
    "answer", ["take", "be busy", "refuse", "fail", "lose the reply", "hang", "be gone"]
)
async def test_no_error_and_no_log_shows_a_secret_or_the_message(
    server: FakeServer, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.will(answer)
    channel = server.gone if answer == "be gone" else server.channel
    shown = ""
    try:
        await channel.send(LETTER)
    except SendFailed as error:
        # As a log with a traceback would show it, causes included.
        shown = "".join(traceback.format_exception(error))
    # aiosmtpd is the other end: what it logs is its own affair.
    ours = [record for record in caplog.records if not record.name.startswith("mail.")]
    shown += "".join(record.getMessage() for record in ours)
    assert not [secret for secret in (*SECRETS, "contact-ada") if secret in shown]


class TestSlack:
    async def test_the_wait_it_asks_for_is_handed_on(self) -> None:
        async with fake_slack() as server:
            busy = await refusal_of(server, "be busy")
        assert isinstance(busy, TryLater)
        assert busy.retry_after == timedelta(seconds=7)

    async def test_a_name_can_not_call_the_whole_channel(self) -> None:
        async with fake_slack() as server:
            await server.channel.send(
                RenderedMessage("<!channel> & co", "see <https://evil.example|here>", urgent=True)
            )
            [text] = server.texts()
        assert text == (
            ":red_circle: *&lt;!channel&gt; &amp; co*\nsee &lt;https://evil.example|here&gt;"
        )

    async def test_it_is_not_asked_again_where_it_hangs_up(self) -> None:
        async with slack_that_closes_the_connection() as (slack, taken):
            with pytest.raises(OutcomeUnknown):
                await slack.send(LETTER)
        assert len(taken) == 1


class TestEmail:
    async def test_a_server_that_dawdles_at_every_step_is_not_waited_for(self) -> None:
        async with fake_mail() as server:
            began = time.monotonic()
            await refusal_of(server, "dawdle")
            assert time.monotonic() - began < PATIENCE_SECONDS * 2
            assert server.texts() == []

    async def test_it_carries_a_date_an_id_and_both_ends(self) -> None:
        async with fake_mail() as server:
            await server.channel.send(LETTER)
            [mail] = server.inbox.messages
            raw = server.inbox.raw
        assert (mail.sender, mail.recipients) == ("slipway@x.example", ("admin@x.example",))
        assert b"\r\nDate: " in raw
        assert b"@x.example>\r\n" in raw.partition(b"\r\nMessage-ID: <")[2]

    async def test_a_wrong_password_is_refused_for_good_and_not_shown(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="aiosmtplib")
        async with mail_server_that_accepts_no_password() as email:
            with pytest.raises(Refused) as caught:
                await email.send(LETTER)
        shown = "".join(traceback.format_exception(caught.value)) + caplog.text
        assert not [secret for secret in SECRETS if secret in shown]
