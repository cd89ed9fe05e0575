"""PG* variables as a postgresql:// URL, and back."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

SECURITY = {"PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert"}


def url_of(variables: Mapping[str, str]) -> str:
    """Return PG* variables as a URL, with the TLS settings if they are given."""
    host = variables["PGHOST"]
    host = f"[{host}]" if ":" in host else quote(host, safe="")
    login = quote(variables["PGUSER"], safe="")
    if variables.get("PGPASSWORD"):
        login += ":" + quote(variables["PGPASSWORD"], safe="")
    options = {
        option: variables[name]
        for name, option in SECURITY.items()
        if variables.get(name)
    }
    return (
        f"postgresql://{login}@{host}:{variables['PGPORT']}/"
        + quote(variables["PGDATABASE"], safe="")
        + (f"?{urlencode(options)}" if options else "")
    )


def variables_of(url: str) -> dict[str, str]:
    """Return a URL as the PG* variables that libpq reads."""
    parts = urlsplit(url)
    options = {option: name for name, option in SECURITY.items()}
    return {
        "PGHOST": unquote(parts.hostname or ""),
        "PGPORT": str(parts.port or 5432),
        "PGDATABASE": unquote(parts.path[1:]),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        **{
            options[option]: value
            for option, value in parse_qsl(parts.query)
            if option in options
        },
    }
