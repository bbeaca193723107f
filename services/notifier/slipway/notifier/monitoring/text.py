"""What people read about our own processes, the edge and the portal (pure). `vital_signs` asks."""

from datetime import timedelta

from slipway.notifier.notifications.text import Text, process, sentence, spoken


def no_heartbeat(service: str, silent_for: timedelta) -> Text:
    return Text(
        f"{process(service)} gives no sign of life",
        f"Nothing was heard of it for {spoken(silent_for)}.",
        "Restart it; what it had to do waits in its store and is not lost.",
    )


def falls_behind(service: str, late: timedelta) -> Text:
    return Text(
        f"{process(service)} falls behind",
        f"What it should have done at once has waited for {spoken(late)}.",
        "It may catch up by itself, and you hear when it has. If it lasts, restart it: that is "
        "safe.",
    )


def refused(counter: str, number: int) -> Text:
    if counter == "too_large":
        return Text(
            "GHL sent messages that are too large",
            f"{number} in the last minute were above 4 MiB and were not accepted.",
            "Slipway reads subscriptions from GHL by itself, so a purchase is found within "
            "minutes. An engineer should look at what is sent.",
        )
    return Text(
        "Many messages with a wrong signature were refused",
        f"{number} in the last minute claimed to be from GHL and were not signed with its key.",
        "If GHL has changed its key, an engineer sets the new one beside the old; else somebody "
        "is trying, and nothing needs to be done.",
    )


def portal_down(problem: str | None) -> Text:
    return Text(
        "The portal does not answer",
        sentence(problem or "The probe failed"),
        "Servers are made and deleted as ever. Restart reporting if it lasts.",
    )
