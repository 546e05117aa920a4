"""What the rules do, and how prescribers answer: the page, the table for spreadsheets, the command."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest

from cds_service.config.clock import today
from cds_service.pages.insights.figures import monday
from cds_service.store import migrator
from cds_service.store.database import open_engine
from tests.access.deployment import PUBLIC_URL, Deployment, as_toml, deployed, production
from tests.access.forge import Issuer, ecdsa, key_set
from tests.cli.running import Done, run
from tests.databases import PostgreSQL
from tests.known import known
from tests.pages.insights.generated_answers import OVERRIDDEN, fill
from tests.running.client import Answer

OPERATOR = "an-operator's-token-of-40-characters-or-so"
KNOWLEDGE = known()


@dataclass(frozen=True)
class Filled:
    """A deployment with 600 answers to one client and 200 to another."""

    deployment: Deployment
    database: str
    one: Issuer
    other: Issuer

    def get(self, path: str, **headers: str) -> Answer:
        return self.deployment.service.get(path, **headers)

    def as_operator(self, path: str) -> Answer:
        return self.get(path, Authorization=f"Bearer {OPERATOR}")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder, signer = tmp_path_factory.mktemp("insights"), ecdsa()
    database = f"sqlite:///{folder}/cds.db"
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgres")
        database = server.new_database()
    migrator.migrate(database)
    engine = open_engine(database)
    fill(engine, KNOWLEDGE, today(), 600, "one")
    fill(engine, KNOWLEDGE, today(), 200, "other")
    engine.dispose()
    clients = [
        {"id": name, "issuer": f"https://{name}.example", "jwks": key_set(signer)} for name in ("one", "other")
    ]
    file = folder / "clients.toml"
    file.write_text("".join(as_toml(client) for client in clients), "utf-8")
    one, other = (Issuer(f"https://{name}.example", signer, f"{PUBLIC_URL}/insights") for name in ("one", "other"))
    more = {"CDS_OPERATOR_TOKEN": OPERATOR, "CDS_SPOOL": f"{folder}/spool"}
    with deployed(folder, production(file, database, **more)) as deployment:
        yield Filled(deployment, database, one, other)


def table(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.body.decode())))


def total(rows: list[dict[str, str]], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def test_nobody_else_may_look(filled: Filled) -> None:
    for path in ("/insights", "/insights.csv"):
        refused = filled.get(path)
        assert refused.status == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")  # it makes a browser ask for the token
        assert filled.get(path, Authorization="Bearer " + OPERATOR[1:]).status == 401
        hook = filled.one.token(aud=f"{PUBLIC_URL}/cds-services/baclofen-order-sign")
        assert filled.get(path, Authorization=f"Bearer {hook}").status == 401
    assert filled.get("/insights.css").status == 200


def test_a_client_sees_its_own_cards_and_the_operator_all(filled: Filled) -> None:
    def shown(authorization: str) -> int:
        return total(table(filled.get("/insights.csv", Authorization=authorization)), "shown")

    def as_client(issuer: Issuer) -> int:
        return shown(f"Bearer {issuer.token(aud=f'{PUBLIC_URL}/insights.csv')}")

    one, other, everything = as_client(filled.one), as_client(filled.other), shown(f"Bearer {OPERATOR}")
    assert one > other > 0
    assert one + other == everything
    page = filled.get("/insights", Authorization=f"Bearer {filled.one.token()}").body.decode()
    assert "Cartes de one seulement" in page


def test_every_row_of_the_table_adds_up(filled: Filled) -> None:
    rows = table(filled.as_operator("/insights.csv"))

    reasons = [name for name in rows[0] if name.startswith("overridden:")]
    assert {f"overridden:{reason.code}" for reason in KNOWLEDGE.texts.override_reasons} < set(reasons)
    for one in rows:
        assert int(one["shown"]) == sum(int(one[name]) for name in ("accepted", "overridden", "unanswered"))
        assert int(one["overridden"]) == sum(int(one[name]) for name in reasons)
        assert monday(date.fromisoformat(one["week"])).isoformat() == one["week"]
    assert len({one["week"] for one in rows}) > 20


def test_the_page_marks_the_rule_that_is_overridden_nine_times_in_ten_in_words(filled: Filled) -> None:
    page = filled.as_operator("/insights").body.decode()

    topic = KNOWLEDGE.texts.topics[OVERRIDDEN, "fr"]
    look, _, rest = page.partition('id="by-rule"')
    assert look.count("Écartée au moins neuf fois sur dix") == 1
    assert topic in look.partition('id="look"')[2]
    assert rest.count("Écartée au moins neuf fois sur dix") == 1


def test_the_page_has_no_script_no_style_of_its_own_and_nothing_from_elsewhere(filled: Filled) -> None:
    answer = filled.as_operator("/insights")
    page = answer.body.decode()

    assert "default-src 'none'; style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert " style=" not in page
    assert "<style" not in page
    assert "http" not in page
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_an_address_says_is_not_repeated(filled: Filled) -> None:
    answer = filled.as_operator("/insights?since=Canary&rule=%3Cb%3ECanary&lang=Canary&Canary=Canary")

    assert answer.status == 400
    assert "Canary" not in answer.body.decode()
    assert "n’est pas un jour passé" in answer.body.decode()


def test_one_rule_and_a_later_beginning_can_be_chosen(filled: Filled) -> None:
    since = monday(today()) - timedelta(weeks=3)
    page = filled.as_operator(f"/insights?since={since}&rule={OVERRIDDEN}&lang=en").body.decode()

    assert f"By week: {KNOWLEDGE.texts.topics[OVERRIDDEN, 'en']}" in page
    weeks = page.partition('id="by-week"')[2].partition("</table>")[0]
    assert weeks.count('role="rowheader"') == 4
    assert {row["week"] for row in table(filled.as_operator(f"/insights.csv?since={since}"))} <= {
        (since + timedelta(weeks=number)).isoformat() for number in range(4)
    }


def test_answers_are_shown_by_what_they_say_at_worst(filled: Filled) -> None:
    page = filled.as_operator("/insights?lang=en").body.decode()

    answers = page.partition('id="answers"')[2].partition("</dl>")[0]
    numbers = dict(re.findall(r"<dt>([^<]+)</dt><dd><b>([0-9,]+)</b>", answers))
    assert list(numbers) == ["Silent", "Info", "Warning", "Critical"]
    assert 700 < sum(int(number.replace(",", "")) for number in numbers.values()) <= 800  # some are of 26 weeks ago


def test_a_rule_leads_to_its_weeks_reasons_products_versions_and_clients(filled: Filled) -> None:
    everything = filled.as_operator("/insights?lang=en").body.decode()
    assert f"rule={OVERRIDDEN}&amp;lang=en#by-week" in everything
    assert 'id="by-product"' not in everything

    page = filled.as_operator(f"/insights?lang=en&rule={OVERRIDDEN}").body.decode()

    for part in ("week", "product", "version", "client", "reason"):
        assert f'id="by-{part}"' in page
    assert "Overridden most: " in page.partition('id="by-client"')[2]
    assert KNOWLEDGE.rules_version in page.partition('id="by-version"')[2].partition("</table>")[0]
    reasons = page.partition('id="by-reason"')[2].partition("</table>")[0]
    assert reasons.count('role="rowheader"') == 1
    own = filled.get(f"/insights?rule={OVERRIDDEN}", Authorization=f"Bearer {filled.one.token()}").body.decode()
    assert 'id="by-product"' in own
    assert 'id="by-client"' not in own


def test_the_table_of_rules_is_there_as_csv_with_its_names(filled: Filled) -> None:
    answer = filled.as_operator("/insights.csv?by=rule&lang=fr")
    page = filled.as_operator("/insights?lang=fr").body.decode()

    rows = table(answer)
    assert list(rows[0]) == [
        "Règle", "finding", "Montrés", "Acceptés", "Écartés", "Sans réponse", "Écartés,\u00a0% des réponses",
    ]  # fmt: skip
    shown = page.partition('id="by-rule"')[2].partition("</table>")[0]
    assert [row["Règle"] for row in rows] == [
        unescape(name).strip() for name in re.findall(r"#by-week\">([^<]+)</a>", shown)
    ]
    assert total(rows, "Montrés") == total(table(filled.as_operator("/insights.csv")), "shown")
    one = table(filled.as_operator(f"/insights.csv?by=rule&rule={OVERRIDDEN}&lang=en"))
    assert [row["finding"] for row in one] == [OVERRIDDEN]


@pytest.mark.parametrize("query", ["since=nonsense", "since=2999-01-01", "rule=nonsense", "lang=de", "by=nonsense"])
def test_a_bad_parameter_is_refused_in_every_format(filled: Filled, query: str) -> None:
    page, as_csv = filled.as_operator(f"/insights?{query}"), filled.as_operator(f"/insights.csv?{query}")

    assert (page.status, as_csv.status) == (400, 400)
    assert 'role="alert"' in page.body.decode()
    assert as_csv.json["issue"][0]["diagnostics"].startswith(query.partition("=")[0])


def command(database: str, *options: str) -> Done:
    return run("insights", *options, CDS_MODE="demo", CDS_DATABASE_URL=database)


def test_the_command_prints_the_same_numbers(filled: Filled) -> None:
    assert command(filled.database, "--csv").stdout.encode() == filled.as_operator("/insights.csv").body

    printed = command(filled.database).stdout
    marked = [line for line in printed.splitlines() if line.startswith("! ")]
    assert len(marked) == 1
    assert marked[0].startswith(f"! {OVERRIDDEN}: écartée au moins neuf fois sur dix")
    english = command(filled.database, "--language", "en", "--since", today().isoformat()).stdout
    assert english.startswith("What the rules do\nWeeks from")


def test_the_command_of_a_new_store_says_that_there_is_nothing(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/new.db"
    migrator.migrate(database)

    done = command(database)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Aucun constat" in done.stdout


def test_the_command_makes_no_store(tmp_path: Path) -> None:
    done = command(f"sqlite:///{tmp_path}/new.db")

    assert (done.returncode, done.stdout) == (2, "")
    assert "CDS_DATABASE_URL: names no database that is there" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_refuses_what_is_no_past_day(tmp_path: Path) -> None:
    done = command(f"sqlite:///{tmp_path}/new.db", "--since", "2100-01-01")

    assert done.returncode == 2
    assert "--since: is not a past day" in done.stderr


def test_a_store_that_cannot_be_read_is_said_on_the_page(tmp_path: Path) -> None:
    database = tmp_path / "cds.db"
    with deployed(tmp_path, {"CDS_MODE": "demo", "CDS_DATABASE_URL": f"sqlite:///{database}"}) as running:
        assert running.service.get("/insights").status == 200
        for file in tmp_path.glob("cds.db*"):
            if file.is_file():
                file.write_bytes(b"no database " * 1_000)
        answer = running.service.get("/insights")

    assert answer.status == 503
    assert "ne peut pas être lu en ce moment" in answer.body.decode()
