"""`make same BASE=commit`: compares all answers with those of another commit. WITH=folder adds requests."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.same.differences import LISTED, Answers, Difference, differences, meant
from tests.same.requests import write_requests
from tests.same.trees import python_for, write_tree

HERE = Path(__file__).parents[2]
ANSWERING = Path(__file__).with_name("answering.py")


def main(commit: str, more: Path | None) -> int:
    """Return 1 if an answer differs and is not listed, or is listed and does not differ; else 0."""
    with TemporaryDirectory(prefix="same-") as folder:
        base, requests = Path(folder, "base"), Path(folder, "requests")
        requests.mkdir()
        names = write_requests(requests, more)
        write_tree(commit, HERE, base)
        pythons = {base: python_for(base, HERE, Path(folder, "venv")), HERE: Path(sys.executable)}
        old, new = answers_of(pythons, requests, Path(folder))
        on_purpose = meant(HERE, base)
    found = differences(old, new)
    print(f"{len(names)} requests, asked of this tree and of {commit}: the answers to {len(found)} differ")
    return report(found, on_purpose & {*names})


def answers_of(pythons: dict[Path, Path], requests: Path, folder: Path) -> list[Answers]:
    """The answers of each tree. Both run at the same time."""
    outs = [folder / f"answers-{number}.json" for number in range(len(pythons))]
    running = []
    for out, (tree, python) in zip(outs, pythons.items(), strict=True):
        command: list[str | Path] = [python, "-P", ANSWERING, tree, requests, out]
        running.append(subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(tree)}))
    ended = [process.wait() for process in running]
    if any(ended):
        sys.exit("one of the two trees could not answer; what it said stands above")
    return [json.loads(out.read_text(encoding="utf-8")) for out in outs]


def report(found: list[Difference], on_purpose: set[str]) -> int:
    for difference in found:
        listed = " (listed)" if difference.request in on_purpose else ""
        print(f"\n{difference.request}{listed}")
        print(*(f"  {way}" for way in difference.ways), *(f"    {line}" for line in difference.lines), sep="\n")
    differing = {difference.request for difference in found}
    unlisted, not_different = sorted(differing - on_purpose), sorted(on_purpose - differing)
    if unlisted:
        print(f"\nNot in {LISTED}:", *unlisted, sep="\n  ")
    if not_different:
        print(f"\nNew in {LISTED}, but the answers are the same:", *not_different, sep="\n  ")
    return 1 if unlisted or not_different else 0


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument]
    if not arguments:
        sys.exit("Name the other commit: make same BASE=main")
    sys.exit(main(arguments[0], Path(arguments[1]) if len(arguments) > 1 else None))
