"""The benchmark: its synthetic stacks are valid, and it judges by the medians."""

import pytest

from bench.run import ROOT, SETTINGS, SIZES, Run, judge, more_regions
from breakwater.project import load_stack
from infra.settings import validate


@pytest.mark.parametrize("count", SIZES)
def test_synthetic_stacks_are_valid(count: int) -> None:
    settings = more_regions(dict(load_stack("prod", ROOT).config[SETTINGS]), count)
    assert len(validate(settings).regions) == count


def runs(up: float, peak_mb: float = 200, largest: float | None = None) -> dict[str, dict[str, list[Run]]]:
    """The floor takes a second for 100 resources; `up` so many times that."""
    found = {}
    sizes = {"prod": 2} | {f"{n} regions": n for n in SIZES}
    for name, regions in sizes.items():
        resources = 100 * regions
        taken = largest if largest is not None and regions == max(SIZES) else up * regions
        noisy = [Run(taken, taken, peak_mb, resources)] * 2 + [Run(1000, 1000, 1000, resources)]
        found[name] = {"floor": [Run(regions, regions, 100, resources)] * 3, "up": noisy}
    return found


def test_targets_that_are_met() -> None:
    targets = judge(runs(1.5))
    assert [t.measured for t in targets] == pytest.approx([1.5, 200, 1.5, 1.5, 1.5, 1.0])
    assert all(t.met for t in targets)


@pytest.mark.parametrize(
    ("measured", "missed"),
    [
        (runs(1.7), ["up prod / floor, wall time"]),
        (runs(1.5, peak_mb=301), ["up prod, peak MB"]),
        (runs(1.5, largest=24), []),
        (runs(1.5, largest=28), ["CPU time, each resource from 8 to 16 regions / from 4 to 8"]),
    ],
)
def test_targets_that_are_missed(measured: dict[str, dict[str, list[Run]]], missed: list[str]) -> None:
    assert [t.name for t in judge(measured) if not t.met] == missed
