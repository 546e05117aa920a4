"""What counts as a difference between two answers, which differences are intended, which requests are compared."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.same.__main__ import ANSWERING, HERE, report
from tests.same.answering import CLIENTS, LANGUAGES, PUBLIC_URLS
from tests.same.differences import Difference, differences, meant
from tests.same.requests import ORDERS, write_requests
from tests.vignette_cases import read_vignettes

ANSWER = '{"cards":[{"uuid":"aaaa","detail":"Rules, version 0.1.0+0a9bd751."}]}'
CHANGE = '[[change]]\nwhy = "{}"\nrequests = ["{}"]\n'


def lines(old: str, new: str) -> list[str]:
    return [line for found in differences({"a": {"fr": old}}, {"a": {"fr": new}}) for line in found.lines]


def test_a_version_is_no_difference_and_everything_else_is_one() -> None:
    assert lines(ANSWER, ANSWER.replace("0.1.0+0a9bd751", "1.20.0+ffffffff")) == []
    assert lines(*(ANSWER.replace("aaaa", str(uuid4())) for _ in range(2))) == []
    assert lines(ANSWER, ANSWER.replace("aaaa", "bbbb")) == ['-   "uuid": "aaaa",', '+   "uuid": "bbbb",']
    assert lines(ANSWER, ANSWER.replace('":', '": ')) == ["the same JSON, in other bytes"]
    assert lines(ANSWER, "RequestError: no") != []


def test_of_a_long_text_the_sentences_that_changed_are_shown() -> None:
    text = json.dumps({"detail": "One. Two; three.\n\nFour."})

    assert lines(text, text.replace("Two", "Deux")) == ["-Two; ", "+Deux; "]
    assert lines(text, text.replace("Four", "Quatre")) == ['-Four."', '+Quatre."']
    assert lines(text, text.replace("\\n\\n", " ")) != ["the same JSON, in other bytes"]


def test_a_request_that_one_side_did_not_answer_differs() -> None:
    assert [found.request for found in differences({"a": {"fr": ANSWER}}, {"b": {"fr": ANSWER}})] == ["a", "b"]


def test_each_way_in_which_an_answer_differs_is_named() -> None:
    old = {"fr": ANSWER, "en": ANSWER, "nl": ANSWER}

    (found,) = differences({"a": old}, {"a": {**old, "en": "", "nl": ""}})
    assert found.ways == ("en", "nl")
    (found,) = differences({"a": old}, {"a": dict.fromkeys(old, "")})
    assert found.ways == ("however it is asked",)


def test_only_what_the_other_commit_has_not_listed_is_meant(tmp_path: Path) -> None:
    for tree, text in {"old": CHANGE.format("first", "a"), "new": CHANGE.format("first", "a")}.items():
        (tmp_path / tree / "docs").mkdir(parents=True)
        (tmp_path / tree / "docs/differences.toml").write_text(text, encoding="utf-8")
    assert meant(tmp_path / "new", tmp_path / "old") == set()

    with (tmp_path / "new/docs/differences.toml").open("a", encoding="utf-8") as listed:
        listed.write(CHANGE.format("second", "b"))
    assert meant(tmp_path / "new", tmp_path / "old") == {"b"}
    assert meant(tmp_path / "new", tmp_path / "without a list") == {"a", "b"}


def test_what_is_listed_and_differs_passes_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    found = [Difference("a", ("fr",), ("- old", "+ new"))]

    assert report(found, {"a"}) == 0
    assert report([], set()) == 0
    assert report(found, set()) == 1
    assert "Not in docs/differences.toml:\n  a\n" in capsys.readouterr().out
    assert report([], {"a"}) == 1
    assert "but the answers are the same:\n  a\n" in capsys.readouterr().out


def test_the_list_of_the_tree_can_be_read_and_names_requests_as_they_are_named(tmp_path: Path) -> None:
    """Each name must end with a day: otherwise an entry would match no request."""
    assert all(request[-12:-10] == "__" for request in meant(HERE, tmp_path))


def test_all_vignettes_and_orders_are_asked_and_a_folder_adds_its_own(tmp_path: Path) -> None:
    more, requests, others = (tmp_path / name for name in ("more", "requests", "others"))
    for folder in (more, requests, others):
        folder.mkdir()
    (more / "mine__2018-03-05.json").write_text("{}", encoding="utf-8")

    names = write_requests(requests, more)

    assert len(names) == len(read_vignettes()) + len([*ORDERS.glob("*.json")]) + 1
    assert len([*ORDERS.glob("*.json")]) == 20
    assert "mine__2018-03-05" in names

    (more / "without a day.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="does not end in the day judged"):
        write_requests(others, more)


def test_each_language_client_and_public_url_gives_another_answer(tmp_path: Path) -> None:
    """If a language, client or URL changed nothing, it would test nothing. The order gets a plan, and so a link."""
    requests, out = tmp_path / "requests", tmp_path / "out.json"
    requests.mkdir()
    order = ORDERS / "02b-120-in-four-intakes-2018__2018-06-12.json"
    (requests / order.name).write_bytes(order.read_bytes())

    subprocess.run([sys.executable, "-P", ANSWERING, HERE, requests, out], check=True, cwd=tmp_path, timeout=300)

    (answers,) = json.loads(out.read_text(encoding="utf-8")).values()
    assert len(answers) == len(LANGUAGES) * len(CLIENTS) * len(PUBLIC_URLS) == 12
    assert len({*answers.values()}) == 12
    assert all(json.loads(answer)["cards"] for answer in answers.values())


def test_code_from_another_place_than_the_tree_answers_nothing(tmp_path: Path) -> None:
    """Otherwise an installed package would be compared with itself, and nothing would differ."""
    done = subprocess.run(
        [sys.executable, "-P", ANSWERING, tmp_path, tmp_path, tmp_path / "out.json"],
        env={"PYTHONPATH": str(HERE)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )

    assert done.returncode == 1
    assert f"not from {tmp_path}" in done.stderr
