"""XE Currency Data: rates of now, of a day and of a period, behind an account."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter, Request, Response

from sandbox.clock import DAY, HOUR, Clock, instant, iso

from .account import Account
from .rates import FIRST, Generated, Rates, Recorded, shuffled

DOCUMENTATION = "https://xecdapi.xe.com/docs/v1/"
COMMON = {
    "terms": "http://www.xe.com/legal/dfs.php",
    "privacy": "http://www.xe.com/privacy.php",
}
# 1 and 7 were seen; no list of the others could be found, and these are made up
REFUSALS = {
    400: (3, "Invalid parameter"),
    401: (1, "Bad credentials"),
    403: (4, "Forbidden"),
    429: (5, "Package limit reached"),
}
LARGEST_PAGE = 500
Query = Mapping[str, str]


class Refusal(Exception):  # noqa: N818 - an answer rather than a mishap
    """The body that is sent in the place of rates."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.body = error(code, message)


def error(code: int, message: str) -> dict[str, Any]:
    """Return the body of an error."""
    return {"code": code, "message": message, "documentation_url": DOCUMENTATION}


class Xe:
    """The stand-in: one account's view of all rates."""

    def __init__(self, clock: Clock, rates: Generated | Recorded) -> None:
        self.clock = clock
        self.rates = rates
        self.account = Account()
        self.router = APIRouter()
        for path, reply in (
            ("account_info", self.account_info),
            ("currencies", self.currencies),
            ("convert_from", self.convert_from),
            ("historic_rate", self.historic_rate),
            ("historic_rate/period", self.period),
        ):
            self.router.add_route(f"/{path}.json", self._behind_the_account(reply))
            self.router.add_route(f"/{path}.json/", self._behind_the_account(reply))

    def account_info(self, query: Query) -> dict[str, Any]:
        """Return whose account it is, and what is left of its package."""
        return {
            "id": "12345678-abcd-4321-aaaa-eeffeeffeeff",
            "organization": "Stand-in",
            "package": "ENTERPRISE",
            "service_start_timestamp": "2017-09-06T00:00:00Z",
            "package_limit_duration": "monthly",
            "package_limit": self.account.quota,
            "package_limit_remaining": self.account.quota - self.account.used,
        }

    def currencies(self, query: Query) -> dict[str, Any]:
        """Return the codes that there are rates of."""
        return COMMON | {
            "currencies": [
                {"iso": code, "currency_name": code, "is_obsolete": False}
                for code in self.rates.currencies
            ]
        }

    def convert_from(self, query: Query) -> dict[str, Any] | str:
        """Return the rates of now."""
        now = self.clock.now()
        if isinstance(self.rates, Recorded) and (body := self.rates.body(now)):
            self.account.used += len(json.loads(body)["to"])
            return body
        return self._moment(query, now, now)

    def historic_rate(self, query: Query) -> dict[str, Any]:
        """Return the rates of a day: at its start, or at the full hour after `time`."""
        now = self.clock.now()
        day = _instant(query, "date")
        hours, _, minutes = query.get("time", "00:00").partition(":")
        hour = int(hours) + (int(minutes) > 0)
        if not FIRST <= day <= now:
            raise Refusal(400, *REFUSALS[400])
        is_recorded = isinstance(self.rates, Recorded)
        at = day + (DAY - 1 if is_recorded else hour * HOUR)
        return self._moment(query, min(at, now), now)

    def period(self, query: Query) -> dict[str, Any]:
        """Return a page of days, oldest first: `per_page` rates of each currency."""
        start = _instant(query, "start_timestamp")
        end = _instant(query, "end_timestamp", start)
        page, size = int(query.get("page", 1)), int(query.get("per_page", 30))
        size = min(size, LARGEST_PAGE)
        base, amount = _head(query)
        now = self.clock.now()
        days = list(self.rates.days(base, start, min(end, now)))
        found: dict[str, list[dict[str, Any]]] = {}
        for at, rates in days[(page - 1) * size : page * size]:
            for code in self._asked(query, rates):
                rate = {"mid": _times(rates[code], amount), "timestamp": _text(at)}
                found.setdefault(code, []).append(rate)
        self.account.used += sum(map(len, found.values()))
        return COMMON | {"from": base, "amount": float(amount), "to": found}

    def configure(self, key: str, value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Obey `quota`, `account`, `leave_out` (codes) or `rate` (code, factor)."""
        if key == "quota":
            self.account.quota = int(value)
        elif key == "account":
            self.account.login = (str(value[0]), str(value[1]))
        elif isinstance(self.rates, Recorded):
            raise ValueError("recorded rates stay as they are")
        elif key == "leave_out":
            self.rates.left_out = set(value)
        elif key == "rate":
            self.rates.factors[value["currency"]] = Decimal(str(value["factor"]))
        else:
            raise KeyError(key)

    def reset(self) -> None:
        """Go back to the first account, all currencies, and their own rates."""
        self.account.reset()
        self.rates.reset()

    def series(self) -> list[dict[str, Any]]:
        """Return the one series, of a base: its origin, first and last time."""
        first, last = self.rates.span(self.clock.now())
        bounds = [iso(at) if first <= last else None for at in (first, last)]
        return [
            {
                "key": "USD",
                "interval": "1h",
                "origin": self.rates.origin,
                "first": bounds[0],
                "last": bounds[1],
            }
        ]

    def truth(self, query: dict[str, str]) -> Response:
        """Return all rates of `from` at the time `at`."""
        at, rates = self.rates.at(query.get("from", "USD"), instant(query["at"]))
        return Response(
            json.dumps({"timestamp": _text(at), "rates": rates}),
            media_type="application/json",
        )

    def refusal(self, status: int) -> str | dict[str, Any]:
        """Return the body that XE sends with an error status."""
        return error(*REFUSALS.get(status, (0, "Internal error")))

    def _moment(self, query: Query, at: int, now: int) -> dict[str, Any]:
        base, amount = _head(query)
        time, rates = self.rates.at(base, at)
        codes = shuffled(self._asked(query, rates), now // HOUR)
        if not codes and isinstance(self.rates, Generated):
            raise Refusal(400, 7, f"No {query['to']} found on {_text(at)}")
        self.account.used += len(codes)
        return COMMON | {
            "from": base,
            "amount": float(amount),
            "timestamp": _text(time),
            "to": [
                {"quotecurrency": code, "mid": _times(rates[code], amount)}
                for code in codes
            ],
        }

    def _asked(self, query: Query, rates: Rates) -> list[str]:
        """Return the asked codes that there are rates of; the others without a word."""
        if not query.get("to"):
            raise Refusal(400, *REFUSALS[400])
        asked = rates if query["to"] == "*" else query["to"].split(",")
        return [code for code in dict.fromkeys(asked) if code in rates]

    def _behind_the_account(self, reply: Callable[[Query], Any]) -> Callable:
        async def endpoint(request: Request) -> Response:
            status = 200
            try:
                if not self.account.knows(request.headers.get("Authorization", "")):
                    raise Refusal(401, *REFUSALS[401])
                if self.account.is_exhausted:
                    raise Refusal(429, *REFUSALS[429])
                body = reply(request.query_params)
            except Refusal as refusal:
                status, body = refusal.status, refusal.body
            except (ValueError, InvalidOperation):
                status, body = 400, error(*REFUSALS[400])
            text = body if isinstance(body, str) else json.dumps(body)
            headers = self.account.headers(self.clock.now())
            return Response(text, status, headers, media_type="application/json")

        return endpoint


def _head(query: Query) -> tuple[str, Decimal]:
    return query.get("from", "USD"), Decimal(query.get("amount", "1"))


def _instant(query: Query, name: str, default: int | None = None) -> int:
    if name not in query and default is not None:
        return default
    return instant(query.get(name, "none"))


def _times(rate: float, amount: Decimal) -> float:
    return float(Decimal(str(rate)) * amount)


def _text(at: int) -> str:
    minute = datetime.fromtimestamp(at // 60_000 * 60, UTC)
    return f"{minute:%Y-%m-%dT%H:%M:%SZ}"
