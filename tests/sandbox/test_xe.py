"""XE's stand-in: its account, its endpoints, and rates that hold together."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

SEVEN = "NGN,GHS,KES,UGX,MAD,XOF,EGP"
LOGIN = {"Authorization": "Basic c3RhbmQtaW46c3RhbmQtaW4="}
PERIOD = "historic_rate/period"


@pytest.fixture
def ask(generated):
    """Return what asks XE as the account does."""

    def ask(path="convert_from", headers=LOGIN, **query):
        return generated.get(f"/xe/{path}.json", headers, **query)

    return ask


def mids(answer):
    """Return the rates of an answer, exact, by currency."""
    body = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
    return {rate["quotecurrency"]: rate["mid"] for rate in body["to"]}


@pytest.mark.parametrize("header", [None, "Basic !", "Basic bWU6eW91", "Bearer x"])
def test_without_the_account_it_is_401_with_code_1(ask, header):
    answer = ask(headers=header and {"Authorization": header}, to=SEVEN)

    assert answer.status_code == 401
    assert answer.json() == {
        "code": 1,
        "message": "Bad credentials",
        "documentation_url": "https://xecdapi.xe.com/docs/v1/",
    }


def test_the_rates_of_now_have_the_form_of_a_recorded_answer(ask):
    body = ask(to="NGN,XOF").json()

    assert list(body) == ["terms", "privacy", "from", "amount", "timestamp", "to"]
    assert (body["from"], body["amount"]) == ("USD", 1.0)
    assert body["timestamp"] == "2024-03-01T12:34:00Z"
    assert {rate["quotecurrency"] for rate in body["to"]} == {"NGN", "XOF"}
    assert {type(rate["mid"]) for rate in body["to"]} == {float}


def test_a_mid_is_times_the_amount(ask):
    one, many = mids(ask(to=SEVEN)), mids(ask(to=SEVEN, amount="55"))

    assert many == pytest.approx({code: 55 * mid for code, mid in one.items()})


def test_an_unknown_currency_is_left_out_and_none_at_all_is_an_error(ask):
    assert set(mids(ask(to="NGN,ABC,XOF"))) == {"NGN", "XOF"}

    answer = ask(to="CADK")

    assert answer.status_code == 400
    assert answer.json()["code"] == 7
    assert answer.json()["message"] == "No CADK found on 2024-03-01T12:34:00Z"


def test_the_franc_holds_its_peg_to_the_euro(ask):
    for day in ("2024-03-01", "2019-07-07", "2000-02-29"):
        rates = mids(ask("historic_rate", date=day, to="XOF,EUR"))
        assert abs(rates["XOF"] / rates["EUR"] - Decimal("655.957")) < Decimal("1e-4")


def test_it_agrees_with_the_ecb_within_a_percent(ask, generated):
    heading, *lines = generated.get("/_control/truth/ecb").text.splitlines()
    codes = heading.split(",")[1:-1]
    for line in lines[:200:20]:
        day, *rates = line.split(",")[:-1]
        euros = dict(zip(codes, rates, strict=True))
        found = mids(ask("historic_rate", date=day, to=",".join(["EUR", *codes])))
        for code in set(codes) - {"RUB"}:
            told = Decimal(euros[code])
            assert abs(found[code] / found["EUR"] / told - 1) < Decimal("0.01")


def test_no_day_moves_a_rate_by_a_percent(ask):
    span = {"start_timestamp": "2022-11-01T00:00", "end_timestamp": "2024-03-01T00:00"}
    for rates in ask(PERIOD, to="*", per_page=500, **span).json()["to"].values():
        steps = zip(rates, rates[1:], strict=False)
        assert all(abs(b["mid"] / a["mid"] - 1) < 0.01 for a, b in steps)


def test_a_period_comes_in_pages_of_days_oldest_first(ask):
    span = {"start_timestamp": "2024-01-01T00:00", "end_timestamp": "2024-02-14T23:59"}

    first, second = (
        ask(PERIOD, to="NGN,XOF", page=page, **span).json() for page in (1, 2)
    )

    times = [
        rate["timestamp"] for page in (first, second) for rate in page["to"]["NGN"]
    ]
    assert (len(first["to"]["NGN"]), len(second["to"]["NGN"])) == (30, 15)
    assert times == sorted(times)
    assert (times[0], times[-1]) == ("2024-01-01T12:00:00Z", "2024-02-14T12:00:00Z")
    assert ask(PERIOD, to="NGN", page=3, **span).json()["to"] == {}


def test_a_past_rate_is_of_the_full_hour_after_the_asked_time(ask):
    answer = ask("historic_rate", date="2024-02-01", time="12:34", to="NGN")

    assert answer.json()["timestamp"] == "2024-02-01T13:00:00Z"


@pytest.mark.parametrize("date", ["2024-03-02", "1995-11-15", "someday", ""])
def test_a_day_without_rates_is_400(ask, date):
    assert ask("historic_rate", date=date, to="NGN").status_code == 400


def test_each_rate_counts_until_the_quota_is_spent(ask, generated):
    generated.obey(system="xe", quota=10)

    left = [ask(to=SEVEN).headers["X-RateLimit-Remaining"] for _ in range(2)]
    answer = ask(to=SEVEN)

    assert left == ["3", "0"]
    assert answer.status_code == 429
    reset = datetime.fromtimestamp(int(answer.headers["X-RateLimit-Reset"]), UTC)
    assert reset == datetime(2024, 4, 1, tzinfo=UTC)


def test_a_currency_is_left_out_and_a_rate_changed_on_order(ask, generated):
    before = mids(ask(to=SEVEN))
    generated.obey(
        system="xe", leave_out=["MAD"], rate={"currency": "NGN", "factor": 0}
    )

    after = mids(ask(to=SEVEN))

    assert set(after) == set(before) - {"MAD"}
    assert after["NGN"] == 0
    assert after["GHS"] == before["GHS"]


def test_a_moment_is_the_same_whatever_was_asked_before(ask, serve):
    early = mids(ask("historic_rate", date="2023-05-05", to=SEVEN))
    with serve("--now", "2024-03-01T12:34:30Z") as other:
        query = {"to": SEVEN, "date": "2023-05-05"}
        assert mids(other.get("/xe/historic_rate.json", LOGIN, **query)) == early
        truth = other.get("/_control/truth/xe", at="2023-05-05").text
    told = json.loads(truth, parse_float=Decimal)["rates"]
    assert {code: told[code] for code in early} == early


def test_the_recorded_answer_of_the_time_comes_as_it_is(serve, tmp_path):
    folder = tmp_path / "xe"
    folder.mkdir()
    for hour, mid in ((10, "1.50"), (11, "1.60")):
        rate = f'{{"quotecurrency": "CAD", "mid": {mid}}}'
        body = f'{{"from": "USD", "amount": 1.0, "timestamp": "x", "to": [{rate}]}}'
        (folder / f"20240105T{hour}0000Z.json").write_text(body)

    with serve("--recorded", str(tmp_path)) as stand_in:
        told = []
        for now in ("2024-01-05T09:59", "2024-01-05T10:30", "2024-01-06T00:00"):
            stand_in.obey(system="xe", now=now)
            told.append(stand_in.get("/xe/convert_from.json", LOGIN, to="CAD").text)
        past = {"date": "2024-01-05", "to": "CAD"}
        day = stand_in.get("/xe/historic_rate.json", LOGIN, **past).json()
        past["date"] = "2024-01-04"
        none = stand_in.get("/xe/historic_rate.json", LOGIN, **past).json()
        (series,) = [
            each
            for each in stand_in.get("/_control/series").json()
            if each["system"] == "xe"
        ]

    assert json.loads(told[0])["to"] == []
    assert told[1:] == [
        (folder / f"20240105T{hour}0000Z.json").read_text() for hour in (10, 11)
    ]
    assert day["to"] == [{"quotecurrency": "CAD", "mid": 1.6}]
    assert none["to"] == []
    assert series["origin"] == "recorded"
