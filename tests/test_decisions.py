"""The decisions: all are in the index, and the one about lost regions speaks of every store that a stack can have."""

import re
from pathlib import Path

import pytest

from infra.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs" / "decisions"
LOSSES = FOLDER / "0018-what-a-region-leaves-behind.md"
STORES = {
    "database": "Database",
    "cache": "Cache",
    "queues": "Queues, topics, buses",
    "topics": "Queues, topics, buses",
    "buses": "Queues, topics, buses",
    "buckets": "Buckets",
    "jobs": "Jobs' ledger",
    "secrets": "Secrets, keys",
    "repositories": "Images",
    "log_retention_days": "Logs, metrics",
}
"""Setting → row of the table."""
NO_STORES = frozenset(
    {
        "class", "owner", "domain", "alarms", "key_region", "health_signals", "regions", "load_balancer", "waf", "cdn",
        "services", "workers", "telemetry", "metric_alarms", "dashboards", "targets", "functions",
        "http_apis", "image_replication", "permissions_boundary",
    }
)  # fmt: skip


def test_the_index_lists_every_decision_by_its_title() -> None:
    listed = dict(re.findall(r"^\| \[\d{4}\]\((\S+)\) \| (.+) \|$", (FOLDER / "README.md").read_text(), re.MULTILINE))
    files = {file.name: file.read_text() for file in FOLDER.glob("0*.md")}
    assert list(listed) == sorted(files)
    for name, title in listed.items():
        number = int(name[:4])
        assert re.match(rf"# {number}\. {re.escape(title)}", files[name]), name


@pytest.mark.feature("R3")
def test_every_store_has_its_loss_and_its_time() -> None:
    rows = {
        cells[1].strip(): cells[2:-1] for line in LOSSES.read_text().splitlines() if len(cells := line.split("|")) == 7
    }
    settings = {field.alias or name for name, field in Settings.model_fields.items()}
    assert settings - NO_STORES == set(STORES), "say of a new section whether a lost region loses it"
    for row in STORES.values():
        assert all(cell.strip() for cell in rows[row]), row
