"""Boards where a key is asked, which a browser gives as a password."""

import hashlib

KEY = "a key of the boards' tests"


def test_a_browser_gets_in_with_a_key_as_its_password(look, serve):
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    url = serve("--host", "0.0.0.0", SERVING_KEYS=digest)  # noqa: S104 - our own

    shown = look(
        "/boards/health",
        url=url,
        http_credentials={"username": "anybody", "password": KEY},
    )

    assert "rpt_source_health" in [row[0] for row in shown.table("marts")]
    assert shown.failed == []
