"""README.md shows what is."""

import re
from pathlib import Path

from breakwater.diagram import mermaid
from breakwater.project import load_stack
from breakwater.simulator.run import up

ROOT = Path(__file__).parents[1]


def test_the_picture_is_that_of_prod() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    embedded = re.findall(r"<!-- diagram:prod -->\s*```mermaid\n(.*?)```\s*<!-- /diagram -->", readme, re.DOTALL)
    assert len(embedded) == 1, "README.md holds no Mermaid block between <!-- diagram:prod --> and <!-- /diagram -->"
    outcome = up(load_stack("prod", ROOT))
    assert outcome.ok
    assert embedded[0] == mermaid(outcome.graph), (
        "the picture is out of date; put in what `breakwater diagram prod` prints"
    )
