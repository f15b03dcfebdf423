"""Every recorded case of every source is read as recorded (rewrite with ``--update-cases``)."""

from __future__ import annotations

import pytest

from crawlers.workbench.cases import Case, cases, differences

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_recorded_page_is_read_as_recorded(case: Case, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-cases"):
        case.update()
    assert case.expected is not None, f"{case.folder}: record it with --update-cases"
    found = list(differences(case.expected, case.read()))
    assert not found, "\n".join([case.name, *found])
