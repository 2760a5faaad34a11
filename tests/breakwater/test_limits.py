"""The data file of AWS's figures: each once, with where it comes from and how sure it is."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from breakwater.analysis.figures import least_sure
from breakwater.analysis.limits import limit


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert sorted(set(names)) == sorted(names)
    return dict(pairs)


def test_every_figure_stands_once_with_its_source() -> None:
    text = files("breakwater.analysis").joinpath("data/limits.json").read_text("utf-8")
    data = json.loads(text, object_pairs_hook=once)
    statuses = data.pop("_meta")["status"]
    for area, names in data.items():
        for name in names:
            found = limit(area, name)
            assert found.source, (area, name)
            assert found.date, (area, name)
            assert found.status in statuses, (area, name)
            assert least_sure([found.status]) == found.status


def test_every_figure_is_used() -> None:
    package = Path(str(files("breakwater")))
    code = "\n".join(file.read_text(encoding="utf-8") for file in package.rglob("*.py"))
    data = json.loads(files("breakwater.analysis").joinpath("data/limits.json").read_text("utf-8"))
    del data["_meta"]
    assert [f"{area}.{name}" for area, names in data.items() for name in names if f'"{name}"' not in code] == []
