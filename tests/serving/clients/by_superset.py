"""Superset by its API: what it lists, knows of the marts and draws, as JSON."""

import json
import os
import sys
from pathlib import Path

url, folder = sys.argv[1], Path(sys.argv[2])
MARTS = ("fct_candles_1d", "rpt_top_coins", "fct_coverage_1d")
config = folder / "superset_config.py"
config.write_text(
    'SECRET_KEY = "of this trial alone, and long enough"\n'
    f'SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"\n'
    "WTF_CSRF_ENABLED = False\n"
)
os.environ.update(SUPERSET_HOME=str(folder), SUPERSET_CONFIG_PATH=str(config))

from flask.cli import ScriptInfo  # noqa: E402 - after what they read
from superset.app import create_app  # noqa: E402
from superset.cli.main import superset  # noqa: E402

app = create_app()
runner = app.test_cli_runner()


def user(name: str, *words: str) -> None:
    """Make a user as Superset's command does."""
    said = ("--username", name, "--firstname", name, "--lastname", name)
    command("fab", *words, *said, "--email", f"{name}@localhost", "--password", name)


def command(*words: str) -> None:
    """Run one of Superset's own commands."""
    done = runner.invoke(superset, words, obj=ScriptInfo(create_app=lambda: app))
    if done.exit_code:
        raise SystemExit(done.output)


class Client:
    """A user of the API."""

    def __init__(self, name: str) -> None:
        self.client, self.headers = app.test_client(), {}
        login = {"username": name, "password": name, "provider": "db"}
        token = self.post("security/login", login)["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> dict:
        """Return what an address of the API answers."""
        return self._said(self.client.get(f"/api/v1/{path}", headers=self.headers))

    def post(self, path: str, said: dict) -> dict:
        """Return what an address of the API answers to something said."""
        return self._said(
            self.client.post(f"/api/v1/{path}", json=said, headers=self.headers)
        )

    def _said(self, answer: object) -> dict:
        if answer.status_code >= 300:
            raise SystemExit(f"{answer.status_code} {answer.text[:2000]}")
        return answer.json

    def tables(self, database: int) -> list[str]:
        """Return the tables that the user is shown to choose from."""
        found = self.get(f"database/{database}/tables/?q=(schema_name:marts)")
        return [table["value"] for table in found["result"]]

    def chart(self, dataset: int, query: dict) -> list[dict]:
        """Return the rows that a chart would draw."""
        asked = {"datasource": {"id": dataset, "type": "table"}, "queries": [query]}
        return self.post("chart/data", asked)["result"][0]["data"]


command("db", "upgrade")
command("init")
user("admin", "create-admin")
admin = Client("admin")
place = {"database_name": "Tickhouse", "sqlalchemy_uri": url, "expose_in_sqllab": True}
database = admin.post("database/", place)["id"]
datasets, columns = {}, {}
for mart in MARTS:
    table = {"database": database, "schema": "marts", "table_name": mart}
    datasets[mart] = admin.post("dataset/", table)["id"]
    columns[mart] = [
        [column["column_name"], column["type"], column["description"]]
        for column in admin.get(f"dataset/{datasets[mart]}")["result"]["columns"]
    ]
with app.app_context():
    manager = app.appbuilder.sm
    role = manager.add_role("Analysts")
    for permission in manager.find_role("Gamma").permissions:
        manager.add_permission_role(role, permission)
    for mart, dataset in datasets.items():
        name = f"[Tickhouse].[{mart}](id:{dataset})"
        granted = manager.find_permission_view_menu("datasource_access", name)
        manager.add_permission_role(role, granted)
user("analyst", "create-user", "--role", "Analysts")
analyst = Client("analyst")
exact = {
    "expressionType": "SQL",
    "sqlExpression": "sum(close_price)::text",
    "label": "total",
}
print(
    json.dumps(
        {
            "schemas": admin.get(f"database/{database}/schemas/")["result"],
            "admin": admin.tables(database),
            "analyst": analyst.tables(database),
            "columns": columns,
            "totals": analyst.chart(
                datasets["fct_candles_1d"],
                {"columns": ["symbol"], "metrics": [exact], "row_limit": 100},
            ),
            "ranks": analyst.chart(
                datasets["rpt_top_coins"], {"columns": ["coin_rank"], "row_limit": 3}
            ),
        }
    )
)
