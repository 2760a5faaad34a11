"""README.md shows what is."""

import re

from breakwater.diagram import mermaid
from tests.support.stacks import ROOT, deployed


def test_the_picture_is_that_of_prod() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    embedded = re.findall(r"<!-- diagram:prod -->\s*```mermaid\n(.*?)```\s*<!-- /diagram -->", readme, re.DOTALL)
    assert len(embedded) == 1, "README.md holds no Mermaid block between <!-- diagram:prod --> and <!-- /diagram -->"
    assert embedded[0] == mermaid(deployed("prod").graph), (
        "the picture is out of date; put in what `breakwater diagram prod` prints"
    )
