"""Measure the simulator against its floor (bench/floor.py): wall time and peak memory, each run in a fresh process.

Runs of the things compared alternate, so that a machine that is busy for a while slows all of them; medians count.
Larger stacks are made from Pulumi.prod.yaml by adding regions. Exit code 1 where a target is missed or a run fails.
"""

import argparse
import copy
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from breakwater.project import load_stack

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = "breakwater:platform"
SIZES = (4, 8, 16)
# Regions that every account has, with three zones that it can use.
ZONES = {
    "us-east-1": "abc", "us-east-2": "abc", "us-west-2": "abc", "ca-central-1": "abd", "sa-east-1": "abc",
    "eu-west-1": "abc", "eu-west-2": "abc", "eu-west-3": "abc", "eu-central-1": "abc", "eu-north-1": "abc",
    "ap-south-1": "abc", "ap-southeast-1": "abc", "ap-southeast-2": "abc", "ap-northeast-1": "acd",
    "ap-northeast-2": "abc", "ap-northeast-3": "abc",
}  # fmt: skip

UP_LIMIT = 1.6
"""`up prod` against the floor's wall time."""
FURTHER_LIMIT = 2.0
"""Time for each resource more than prod's, against the floor's."""
GROWTH_LIMIT = 1.25
"""CPU time for each resource from 8 to 16 regions against that from 4 to 8: more would not be linear."""
MEMORY_LIMIT_MB = 300
"""Peak of `up prod`."""

COMMANDS = {
    "floor": (str(ROOT / "bench" / "floor.py"),),
    "up": ("-m", "breakwater.cli", "up", "--json"),
    "preview": ("-m", "breakwater.cli", "preview", "--json"),
}


class RunFailed(Exception):  # noqa: N818 (an outcome, told as it is)
    """A measured process ended with an error."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process."""

    seconds: float
    """Wall time."""
    cpu_seconds: float
    peak_mb: float
    resources: int


@dataclass(frozen=True, slots=True)
class Target:
    """What was to be reached, and what was."""

    name: str
    limit: float
    measured: float

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.measured <= self.limit


Runs = dict[str, dict[str, list[Run]]]
"""By stack, then by command."""


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each, 3 unless told")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stacks = {"prod": ROOT / "Pulumi.prod.yaml"} | {f"{n} regions": _stack(n, Path(folder)) for n in SIZES}
        try:
            runs = _measure(stacks, arguments.runs)
        except RunFailed as failure:
            print(failure, file=sys.stderr)
            return 1
    targets = judge(runs)
    if arguments.json:
        print(json.dumps(_document(runs, targets), indent=2))
    else:
        _print(runs, targets)
    return 0 if all(t.met for t in targets) else 1


def more_regions(settings: dict[str, Any], count: int) -> dict[str, Any]:
    """The settings with standbys added, like the one that is there but for the place.

    Without a database, whose writer has replicas in five other regions at most.
    """
    settings = copy.deepcopy(settings)
    regions = settings["regions"]
    del settings["database"], settings["targets"]
    for section in ("services", "workers", "jobs"):
        for workload in settings[section].values():
            workload["connects"] = [store for store in workload.get("connects", ()) if store != "database"]
            for work in ("request", "message"):
                workload.pop(work, None)
    pattern = next(r for r in regions.values() if r["role"] == "standby")
    for number, (region, zones) in enumerate(ZONES.items()):
        if len(regions) < count and region not in regions:
            added = {z: slot for slot, z in enumerate(f"{region}{letter}" for letter in zones)}
            regions[region] = pattern | {"order": number + 1, "cidr": f"10.{100 + number}.0.0/16", "zones": added}
    return settings


def judge(runs: Runs) -> list[Target]:
    """The targets, from the medians."""
    prod = runs["prod"]
    found = [
        Target("up prod / floor, wall time", UP_LIMIT, seconds(prod["up"]) / seconds(prod["floor"])),
        Target("up prod, peak MB", MEMORY_LIMIT_MB, statistics.median(r.peak_mb for r in prod["up"])),
    ]
    for stack in (f"{n} regions" for n in SIZES):
        up, floor = (_further(runs, command, "prod", stack) for command in ("up", "floor"))
        found.append(Target(f"up / floor, each further resource, {stack}", FURTHER_LIMIT, up / floor))
    # By CPU time: two differences of wall times say more about the machine's other work.
    growth = _further(runs, "up", "8 regions", "16 regions", cpu_seconds)
    growth /= _further(runs, "up", "4 regions", "8 regions", cpu_seconds)
    found.append(Target("CPU time, each resource from 8 to 16 regions / from 4 to 8", GROWTH_LIMIT, growth))
    return found


def seconds(runs: list[Run]) -> float:
    """The median wall time."""
    return statistics.median(r.seconds for r in runs)


def cpu_seconds(runs: list[Run]) -> float:
    """The median CPU time."""
    return statistics.median(r.cpu_seconds for r in runs)


def _further(
    runs: Runs, command: str, small: str, large: str, time_of: Callable[[list[Run]], float] = seconds
) -> float:
    """Seconds for each resource that the larger stack has more; the floor counts what both register."""
    count = runs[large]["floor"][0].resources - runs[small]["floor"][0].resources
    return (time_of(runs[large][command]) - time_of(runs[small][command])) / count


def _stack(regions: int, folder: Path) -> Path:
    """A stack file with that many regions; JSON is YAML too."""
    config = dict(load_stack("prod", ROOT).config)
    config[SETTINGS] = more_regions(config[SETTINGS], regions)
    file = folder / f"Pulumi.regions-{regions}.yaml"
    file.write_text(json.dumps({"config": config}))
    return file


def _measure(stacks: dict[str, Path], rounds: int) -> Runs:
    for command in COMMANDS:  # once for the bytecode and the disk's cache
        _run(command, stacks["prod"])
    runs: Runs = {name: {} for name in stacks}
    for number in range(rounds):
        for name, file in stacks.items():
            for command in COMMANDS if name == "prod" else ("floor", "up"):
                print(f"round {number + 1} of {rounds}: {command} {name}", file=sys.stderr)
                runs[name].setdefault(command, []).append(_run(command, file))
    return runs


def _run(command: str, stack: Path) -> Run:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *COMMANDS[command], str(stack)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=out, stderr=errors,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            raise RunFailed(f"{command} {stack} ended with {process.returncode}:\n{errors.read()[-2000:]}")
        printed = json.load(out)
    resources = printed["resources"] if command == "floor" else printed["totals"]["resources"]
    return Run(elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, resources)  # KiB on Linux


def _document(runs: Runs, targets: list[Target]) -> dict[str, Any]:
    measured = {name: {c: [asdict(r) for r in found] for c, found in by.items()} for name, by in runs.items()}
    return {"runs": measured, "targets": [asdict(t) | {"met": t.met} for t in targets]}


def _print(runs: Runs, targets: list[Target]) -> None:
    columns = f"{'resources':>9} {'seconds':>8} {'min':>7} {'max':>7} {'CPU':>7} {'ms each':>8} {'peak MB':>8}"
    print(f"\n{'stack':12} {'command':8} {columns}")
    for name, by_command in runs.items():
        for command, found in by_command.items():
            wall, times, resources = seconds(found), [r.seconds for r in found], found[0].resources
            peak = statistics.median(r.peak_mb for r in found)
            print(
                f"{name:12} {command:8} {resources:9} {wall:8.2f} {min(times):7.2f} {max(times):7.2f}"
                f" {cpu_seconds(found):7.2f} {1000 * wall / resources:8.1f} {peak:8.0f}"
            )
    print()
    for target in targets:
        verdict = "met   " if target.met else "MISSED"
        print(f"{verdict}  {target.name}: {target.measured:.2f} (at most {target.limit:g})")


if __name__ == "__main__":
    sys.exit(main())
