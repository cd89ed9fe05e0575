"""Pages of currency rates, made up, and the marts computed from them without dbt."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from pathlib import Path

RECORDED = (
    Path(__file__).parents[1] / "sandbox" / "recorded" / "ecb" / "eurofxref-hist.csv"
)
FETCHED = datetime(2024, 3, 10, 23, tzinfo=UTC)
Answer = tuple[str, str, datetime]
Key = tuple


def xe_page(
    mids: Mapping[str, object],
    quoted_at: str,
    fetched_at: datetime = FETCHED,
    base: str = "USD",
    amount: object = 1,
) -> Answer:
    """Return XE's answer of one moment."""
    body = {
        "from": base,
        "amount": amount,
        "timestamp": quoted_at,
        "to": [{"quotecurrency": code, "mid": mid} for code, mid in mids.items()],
    }
    return xe_text(json.dumps(body), fetched_at)


def xe_period(
    series: Mapping[str, Mapping[str, object]], fetched_at: datetime = FETCHED
) -> Answer:
    """Return XE's answer of a period, each currency's rates by their times."""
    to = {
        code: [{"mid": mid, "timestamp": at} for at, mid in rates.items()]
        for code, rates in series.items()
    }
    body = json.dumps({"from": "USD", "amount": 1, "to": to})
    return xe_text(body, fetched_at)


def xe_text(body: str, fetched_at: datetime = FETCHED) -> Answer:
    """Return XE's answer with this body."""
    return '{"endpoint":"convert_from"}', body, fetched_at


def ecb_file(text: str, fetched_at: datetime = FETCHED) -> Answer:
    """Return a file of the ECB with this text."""
    return '{"file":"eurofxref-hist.zip"}', text, fetched_at


def recorded_year(fetched_at: datetime = FETCHED) -> Answer:
    """Return the ECB's file of 2009."""
    return ecb_file(RECORDED.read_text(), fetched_at)


def daily(xe: Iterable[Answer], ecb: Iterable[Answer]) -> dict[Key, tuple]:
    """Return the rates by provider, currencies and day: rate, time and pull of each."""
    found = {}
    for _, body, fetched_at in sorted(xe, key=lambda answer: answer[2]):
        page = json.loads(body, parse_float=Decimal, parse_int=Decimal)
        for code, mid, text in _quotes(page):
            quoted_at = datetime.fromisoformat(text)
            key = ("xe", page["from"], code, quoted_at.date())
            rate = mid / page["amount"]
            found[key] = max(
                found.get(key, (rate, quoted_at, fetched_at)),
                (rate, quoted_at, fetched_at),
                key=lambda told: (told[2], told[1]),
            )
    for _, text, fetched_at in sorted(ecb, key=lambda answer: answer[2]):
        heading, *lines = [line.strip(", \r").split(",") for line in text.splitlines()]
        for day, *rates in lines:
            for code, rate in zip(heading[1:], rates, strict=True):
                if rate.strip() != "N/A":
                    at = _day(day)
                    key = ("ecb", "EUR", code.strip(), at)
                    found[key] = (Decimal(rate.strip()), fixed_at(at), fetched_at)
    return found


def _quotes(page: dict) -> Iterable[tuple[str, Decimal, str]]:
    if isinstance(page["to"], list):
        for rate in page["to"]:
            yield rate["quotecurrency"], rate["mid"], page["timestamp"]
    else:
        for code, rates in page["to"].items():
            for rate in rates:
                yield code, rate["mid"], rate["timestamp"]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, "%d %b %Y").replace(tzinfo=UTC).date()


def fixed_at(day: date) -> datetime:
    """Return 14:15 in Frankfurt, whose summer time is from March's last Sunday."""
    march, october = (_last_sunday(day.year, month) for month in (3, 10))
    hours = 12 if march <= day < october else 13
    return datetime(day.year, day.month, day.day, hours, 15, tzinfo=UTC)


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def in_dollars(rates: Mapping[Key, tuple]) -> dict[tuple, tuple]:
    """Return provider, price of a unit, price of a dollar, by day and currency."""
    found = {}
    with localcontext(prec=60):
        for (provider, base, quote, day), (rate, *_) in rates.items():
            if provider == "ecb":
                dollars = rates.get(("ecb", "EUR", "USD", day))
                if dollars is None or ("xe", "USD", quote, day) in rates:
                    continue
                if quote == "USD":
                    if ("xe", "USD", "EUR", day) not in rates:
                        found[day, "EUR"] = ("ecb", rate, 1 / rate)
                    continue
                rate = rate / dollars[0]
            elif base != "USD":
                continue
            found[day, quote] = (provider, 1 / rate, rate)
    return found


def close(told: Decimal, expected: Decimal) -> bool:
    """Whether two rates are the same to twelve digits."""
    return abs(told - expected) <= abs(expected) * Decimal("1e-12")
